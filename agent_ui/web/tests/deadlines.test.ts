import { describe, expect, it } from 'vitest'

import type { Deadline } from '@/api/types'
import { hoursAndMinutes, isPast, standing } from '@/features/tickets/deadlines'

const NOW = Date.parse('2026-11-23T08:00:00Z')
const DEADLINE: Deadline = {
  kind: 'first_response',
  step: null,
  rule: '紧急',
  calendar: 'always',
  started_at: '2026-11-23T07:55:00Z',
  due_at: '2026-11-23T08:05:00Z',
  ended_at: null,
  amount_s: 600,
  spent_s: 300,
  left_s: 300,
  is_paused: false,
  paused_since: null,
  is_overdue: false,
}

describe('deadlines', () => {
  it('run until they are due, whenever the server was asked', () => {
    expect(standing(DEADLINE, NOW)).toBe('running')
    expect(standing(DEADLINE, NOW + 301_000)).toBe('overdue')
  })

  it('stand still, and are over in time or not', () => {
    expect(standing({ ...DEADLINE, is_paused: true, due_at: null }, NOW + 900_000)).toBe('paused')
    expect(standing({ ...DEADLINE, ended_at: '2026-11-23T08:01:00Z' }, NOW + 900_000)).toBe('met')
    expect(standing({ ...DEADLINE, ended_at: '2026-11-23T08:09:00Z', is_overdue: true }, NOW)).toBe('missed')
  })

  it('are told in hours and minutes of business time, also beyond them', () => {
    expect(hoursAndMinutes(7_859)).toEqual({ h: 2, m: 10 })
    expect(hoursAndMinutes(-61)).toEqual({ h: 0, m: 1 })
  })

  it('that nobody knows are not past', () => {
    expect(isPast(null, NOW)).toBe(false)
  })
})
