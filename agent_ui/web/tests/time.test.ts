import { describe, expect, it } from 'vitest'

import { clockTimeFrom, duration, relative, secondsSince } from '@/ui/time'

const NOW = Date.parse('2026-11-22T08:00:00Z')

describe('times', () => {
  it.each([
    [0, '00:00'],
    [134.9, '02:14'],
    [3_734, '1:02:14'],
    [-5, '00:00'],
  ])('%d seconds are shown as %s', (seconds, shown) => {
    expect(duration(seconds)).toBe(shown)
  })

  it('are told relative to now in both languages', () => {
    expect(relative('2026-11-22T07:55:00Z', NOW, 'zh-CN')).toBe('5分钟前')
    expect(relative('2026-11-21T08:00:00Z', NOW, 'en')).toBe('yesterday')
    expect(relative('2026-11-22T07:59:30Z', NOW, 'zh-CN')).toBe('现在')
  })

  it('from which on something is possible are full minutes, and never too early', () => {
    expect(clockTimeFrom(NOW + 1_000, 'zh-CN', 'Asia/Shanghai')).toBe('16:01')
    expect(clockTimeFrom(NOW, 'zh-CN', 'Asia/Shanghai')).toBe('16:00')
  })

  it('never run backwards when clocks differ a little', () => {
    expect(secondsSince('2026-11-22T08:00:01Z', NOW)).toBe(0)
  })
})
