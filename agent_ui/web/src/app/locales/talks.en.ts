import type zhCN from './talks.zh-CN'

/** What agents do with their callers beside talking, and supervisors in the talks of others. */
const en: typeof zhCN = {
  help: {
    proposed: 'Too many wait. Have agents of {queues} help?',
    given: 'Agents of {queues} help here ({time}).',
    declined: 'Too many wait; help was declined.',
    accept: 'Have them help',
    dismiss: 'No',
    end: 'Send back',
  },
  consult: {
    title: 'Asking a colleague',
    start: 'Ask first',
    asks_ringing: 'Ringing {name}. The customer hears music.',
    asks_talking: 'You talk with {name}. The customer hears music.',
    asks_three_way: 'You, {name} and the customer hear each other.',
    asked_ringing: '{name} asks you.',
    asked_talking: '{name} asks you. The customer hears music.',
    asked_three_way: 'You, {name} and the customer hear each other.',
    take_back: 'Back to the customer',
    hand_over: 'Connect and leave',
    join_all: 'All three',
    leave: 'Leave',
  },
  watch: {
    move_to: 'Move to…',
    listen: 'Listen',
    listen_hint: 'Neither of them hears you',
    whisper: 'Whisper',
    whisper_hint: 'Only the agent hears you',
    barge: 'Join in',
    barge_hint: 'Both of them hear you',
    take_over: 'Take over',
    take_over_hint: 'The caller comes to you, and the agent is out',
    stop: 'Stop listening',
  },
  transfer: {
    title: 'Send the caller to',
    queues: 'Queues',
    colleagues: 'Colleagues',
    flows: 'Voice menus',
    experts: 'Experts',
    find_expert: 'Name, skill or department',
    no_expert: 'No expert fits.',
    number: 'A number',
    type_number: 'Number outside, with area code',
    queue_state: '{ready} ready · {waiting} waiting',
    nobody: 'No other agents yet.',
    note: 'What should whoever answers know?',
  },
}

export default en
