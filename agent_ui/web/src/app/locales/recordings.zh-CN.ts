/** Recordings and ratings of calls. */
export default {
  recording: {
    pause: '暂停录音',
    resume: '继续录音',
  },
  rating: {
    title: '客户评价',
    stars: '{score} 分（满分 5 分）',
    short: '{score} 分',
    comment: '评价留言',
  },
}
