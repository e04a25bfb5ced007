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
      unreachable: '{number} cannot be reached: check the number, or the line.',
      switch_lost: 'The phone system is away; {number} was not called.',
      other: 'Your own phone did not answer; {number} was not called.',
      failed: '{number} was not reached.',
    },
  },
}

export default en
