/** Recordings and ratings of calls. */
export default {
  recording: {
    pause: 'Pause recording',
    resume: 'Record again',
    title: 'Recording of the call',
    paused: 'Recording paused',
    paused_by: '{name} paused the recording ({time})',
    whose: 'Whose voice is heard',
    both: 'Both',
    hint: 'Space plays and pauses, ← → go back or on by 5 seconds; a click on a word plays from there. Listening is logged.',
  },
  transcript: {
    title: 'What was said',
    live: 'What is being said',
    customer: 'Customer',
    agent: 'Agent',
    search: 'Find in what was said',
    match: '{number} of {total}',
    no_match: 'Not found',
    talking: 'The call goes on; its words follow when it is over.',
    waiting: 'Being transcribed…',
    none: 'There are no words for this recording.',
  },
  rating: {
    title: 'The caller’s rating',
    stars: '{score} of 5',
    short: 'rated {score}',
    comment: 'Spoken comment',
  },
}
