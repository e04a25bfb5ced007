/** What agents do with their callers beside talking. */
export default {
  consult: {
    title: '咨询同事',
    start: '先咨询',
    asks_ringing: '正在呼叫 {name}，客户听着音乐。',
    asks_talking: '你正在和 {name} 通话，客户听着音乐。',
    asks_three_way: '你、{name} 和客户三方通话中。',
    asked_ringing: '{name} 向你咨询。',
    asked_talking: '{name} 正向你咨询，客户听着音乐。',
    asked_three_way: '你、{name} 和客户三方通话中。',
    take_back: '回到客户',
    hand_over: '接通并退出',
    join_all: '三方通话',
    leave: '退出',
  },
  transfer: {
    title: '把客户转给',
    queues: '队列',
    colleagues: '同事',
    queue_state: '就绪 {ready} · 排队 {waiting}',
    nobody: '还没有其他坐席。',
    note: '想让接手的人知道什么？',
  },
}
