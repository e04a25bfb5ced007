import { describe, expect, it } from 'vitest'

import type { RecordingPause, Speech } from '@/api/types'
import { lines, nextMatch, outline, pauseAt, pieces, speechAt, speechesWith } from '@/features/call/playback'

const speech = (start: number, text: string): Speech => ({
  side: 'customer',
  start_s: start,
  end_s: start + 1,
  said_at: '2026-11-23T02:00:00Z',
  text,
  confidence: 0.9,
  words: [],
})
const SAID = [speech(1, '我上周 买 的洗衣机漏水'), speech(4, 'The washing machine leaks'), speech(9, '好的，马上处理')]
const PAUSE: RecordingPause = {
  since: '2026-11-23T02:00:05Z',
  until: null,
  start_s: 5,
  end_s: 8,
  agent_name: '李静',
  why: null,
}

describe('a recording with its words', () => {
  it('knows what is being said', () => {
    expect([0, 1, 3.9, 4, 100].map((at) => speechAt(SAID, at))).toEqual([-1, 0, 0, 1, 2])
    expect(speechAt([], 3)).toBe(-1)
  })

  it('finds words whatever their case, and Chinese whatever the spaces', () => {
    expect(speechesWith(SAID, '买的洗衣机')).toEqual([0])
    expect(speechesWith(SAID, ' WASHING  machine ')).toEqual([1])
    expect(speechesWith(SAID, 'washingmachine')).toEqual([])
    expect(speechesWith(SAID, '  ')).toEqual([])
  })

  it('marks what was searched for, whatever case, width and blanks', () => {
    const marked = (text: string, wanted: string): string =>
      pieces(text, wanted)
        .map((piece) => (piece.isFound ? `[${piece.text}]` : piece.text))
        .join('')
    expect(marked('我要退款，再说退款', '退款')).toBe('我要[退款]，再说[退款]')
    expect(marked('我上周 买 的洗衣机', '买的')).toBe('我上周 [买 的]洗衣机')
    expect(marked('The Washing machine', 'WASHING  m')).toBe('The [Washing m]achine')
    expect(marked('订单ＡＢ１２', 'ab1')).toBe('订单[ＡＢ１]２')
    expect(marked('😀好😀', '😀')).toBe('[😀]好[😀]')
    expect(marked('您好', ' ')).toBe('您好')
    expect(marked('', '好')).toBe('')
  })

  it('goes round the matches in both directions', () => {
    expect(nextMatch([0, 2], 1, 1)).toBe(0)
    expect(nextMatch([0, 2], 0, -1)).toBe(1)
    expect(nextMatch([], 0, 1)).toBe(-1)
  })

  it('shows pauses among the words, in their place', () => {
    const shown = lines({ segments: SAID }, [PAUSE])
    expect(shown.map((line) => (line.kind === 'pause' ? 'pause' : line.index))).toEqual([0, 1, 'pause', 2])
    expect(pauseAt([PAUSE], 5)).toBe(PAUSE)
    expect(pauseAt([PAUSE], 8)).toBeNull()
  })

  it('draws one side above the middle line and the other below', () => {
    expect(outline([0, 100], 100, 1)).toBe('M0 50L0 50.0L1 2.0L1 50Z')
    expect(outline([0, 100], 100, -1)).toBe('M0 50L0 50.0L1 98.0L1 50Z')
    expect(outline([], 100, 1)).toBe('')
  })
})
