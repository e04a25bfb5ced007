import { describe, expect, it } from 'vitest'

import { isTooLong, serviceTone, waitShare, waitTone } from '@/features/wall/figures'
import type { AgentFigures } from '@/api/types'

const AGENT: AgentFigures = {
  id: '1',
  name: '李静',
  number: '1001',
  state: 'wrap_up',
  since: '2026-11-22T08:00:00Z',
  call_id: null,
}

describe('figures of the wall', () => {
  it('warn before the limit and say when it is passed', () => {
    expect([5, 12, 20].map((waited) => waitTone(waited, 20))).toEqual(['good', 'soon', 'bad'])
    expect(waitShare(50, 20)).toBe(1)
    expect([0.9, 0.7, 0.3].map(serviceTone)).toEqual(['good', 'soon', 'bad'])
  })

  it('mark a long wrap-up, and only that', () => {
    expect(isTooLong(AGENT, 61)).toBe(true)
    expect(isTooLong(AGENT, 20)).toBe(false)
    expect(isTooLong({ ...AGENT, state: 'talking' }, 600)).toBe(false)
  })
})
