/** Recordings and ratings of calls. */
export default {
  recording: {
    pause: '暂停录音',
    resume: '继续录音',
    title: '通话录音',
    paused: '录音已暂停',
    paused_by: '{name} 暂停了录音（{time}）',
    whose: '听谁的声音',
    both: '双方',
    hint: '空格播放或暂停，← → 后退或前进 5 秒；点击文字从那里播放。收听会被记录。',
  },
  transcript: {
    title: '通话文字',
    live: '正在说的话',
    customer: '客户',
    agent: '坐席',
    search: '在文字中查找',
    match: '第 {number} 处，共 {total} 处',
    no_match: '没有找到',
    talking: '通话还在进行，结束后生成文字。',
    waiting: '正在生成通话文字…',
    none: '这段录音没有文字。',
  },
  rating: {
    title: '客户评价',
    stars: '{score} 分（满分 5 分）',
    short: '{score} 分',
    comment: '评价留言',
  },
}
