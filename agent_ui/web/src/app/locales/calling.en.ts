import type zhCN from './calling.zh-CN'

/** Calls that agents make. */
const en: typeof zhCN = {
  dial: {
    call: 'Call',
    open: 'Call…',
    title: 'Call somebody',
    number: 'Number',
    hint: 'Number, with its area code',
    first_yours: 'Your own phone answers first; then theirs rings.',
    outgoing: 'Outgoing',
    not_reached: {
      busy: '{number} is busy.',
      refused: '{number} did not take the call.',
      no_answer: 'Nobody answered at {number}.',
      no_line: 'No line was free to call {number}.',
      unreachable: '{number} cannot be reached: check the number, or the line.',
      switch_lost: 'The phone system is away; {number} was not called.',
      other: 'Your own phone did not answer; {number} was not called.',
      failed: '{number} was not reached.',
    },
  },
  called_back: {
    title: 'Called back by the queue',
    place: 'place {place} in the queue',
    ringing: 'being called',
    at_opening: 'called once the queue is open',
    next: 'called again at the earliest',
    tries: 'not reached {count} times',
    promised: 'promised',
    cancel: 'Do not call back',
    cancel_sure: 'The customer was promised a call. Take that back?',
    keep: 'Keep it',
  },
}

export default en
