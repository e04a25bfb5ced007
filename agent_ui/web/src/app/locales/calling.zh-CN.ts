/** 坐席呼出。 */
const zhCN = {
  dial: {
    call: '呼叫',
    open: '拨号…',
    title: '呼叫客户',
    number: '号码',
    hint: '号码，座机请加区号',
    first_yours: '先接通你的话机，然后呼叫对方。',
    outgoing: '呼出',
    not_reached: {
      busy: '{number} 正在通话中。',
      refused: '{number} 拒接了电话。',
      no_answer: '{number} 无人接听。',
      unreachable: '无法接通 {number}，请检查号码或线路。',
      switch_lost: '电话系统暂时不可用，没有呼出 {number}。',
      other: '你的话机没有接听，没有呼出 {number}。',
      failed: '没有接通 {number}。',
    },
  },
}

export default zhCN
