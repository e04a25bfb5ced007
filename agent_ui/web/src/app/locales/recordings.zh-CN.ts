/** Recordings and ratings of calls. */
export default {
  rating: {
    title: '客户评价',
    stars: '{score} 分（满分 5 分）',
    short: '{score} 分',
    comment: '评价留言',
  },
}
