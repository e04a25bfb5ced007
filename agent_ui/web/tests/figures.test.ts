import { describe, expect, it } from 'vitest'

import { isTooLong, serviceTone, waitShare, waitTone } from '@/features/wall/figures'
import type { AgentFigures } from '@/api/types'

const AGENT: AgentFigures = {
  id: '1',
  name: '李静',
  number: '1001',
  state: 'wrap_up',
  since: '2026-11-22T08:00:00Z',
  until: null,
  reason: '',
  call_id: null,
}

describe('figures of the wall', () => {
  it('warn before the limit and say when it is passed', () => {
    expect([5, 12, 20].map((waited) => waitTone(waited, 20))).toEqual(['good', 'soon', 'bad'])
    expect(waitShare(50, 20)).toBe(1)
    expect([0.9, 0.7, 0.3].map(serviceTone)).toEqual(['good', 'soon', 'bad'])
  })

  it('mark a long wrap-up and a break beyond its limit, and only those', () => {
    const after = (seconds: number): number => Date.parse(AGENT.since) + seconds * 1000
    expect(isTooLong(AGENT, after(61))).toBe(true)
    expect(isTooLong(AGENT, after(20))).toBe(false)
    expect(isTooLong({ ...AGENT, state: 'talking' }, after(600))).toBe(false)
    const meal: AgentFigures = { ...AGENT, state: 'on_break', reason: 'meal', until: '2026-11-22T08:45:00Z' }
    expect(isTooLong(meal, after(44 * 60))).toBe(false)
    expect(isTooLong(meal, after(46 * 60))).toBe(true)
    expect(isTooLong({ ...meal, until: null }, after(9000))).toBe(false)
  })
})
