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
      no_line: '没有空闲的外线，未能呼叫 {number}。',
      unreachable: '无法接通 {number}，请检查号码或线路。',
      switch_lost: '电话系统暂时不可用，没有呼出 {number}。',
      other: '你的话机没有接听，没有呼出 {number}。',
      failed: '没有接通 {number}。',
    },
  },
  called_back: {
    title: '排队回拨',
    place: '排在第 {place} 位',
    ringing: '正在呼叫',
    at_opening: '队列开放后呼叫',
    next: '最早再呼叫：',
    tries: '未接通 {count} 次',
    promised: '约定于',
    cancel: '取消回拨',
    cancel_sure: '已答应给客户回拨，确定取消吗？',
    keep: '保留',
  },
}

export default zhCN
