/** Recordings and ratings of calls. */
export default {
  recording: {
    pause: 'Pause recording',
    resume: 'Record again',
  },
  rating: {
    title: 'The caller’s rating',
    stars: '{score} of 5',
    short: 'rated {score}',
    comment: 'Spoken comment',
  },
}
