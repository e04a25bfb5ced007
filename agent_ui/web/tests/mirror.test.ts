import { describe, expect, it } from 'vitest'

import { follow } from '@/realtime/mirror'

const start = follow(null, { type: 'snapshot', version: 4, state: { me: { state: 'ready' }, call: null } })

describe('the mirror of the board', () => {
  it('takes a snapshot as it is', () => {
    expect(start).toEqual({ version: 4, values: { me: { state: 'ready' }, call: null } })
  })

  it('applies the next delta, setting and deleting', () => {
    if (start === null || start === 'missed') throw new Error('no snapshot')
    const next = follow(start, { type: 'delta', version: 5, set: { 'queue/vip': { waiting: 1 } }, delete: ['call'] })
    expect(next).toEqual({ version: 5, values: { me: { state: 'ready' }, 'queue/vip': { waiting: 1 } } })
    expect(start.values).toHaveProperty('call')
  })

  it('notices a version that is lacking', () => {
    if (start === 'missed') throw new Error('no snapshot')
    expect(follow(start, { type: 'delta', version: 6, set: {} })).toBe('missed')
  })

  it('needs a snapshot before anything else', () => {
    expect(follow(null, { type: 'delta', version: 1, set: {} })).toBe('missed')
  })

  it('ignores what an earlier message said already', () => {
    if (start === 'missed') throw new Error('no snapshot')
    expect(follow(start, { type: 'delta', version: 4, set: { me: { state: 'offline' } } })).toBe(start)
  })
})
