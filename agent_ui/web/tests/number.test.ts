import { describe, expect, it } from 'vitest'

import { groupNumber } from '@/ui/number'

describe('a phone number', () => {
  it.each([
    ['13812345678', '138 1234 5678'],
    ['+8613812345678', '138 1234 5678'],
    ['0086 138-1234-5678', '138 1234 5678'],
    ['01088886666', '010 8888 6666'],
    ['+861088886666', '010 8888 6666'],
    ['+862188886666', '021 8888 6666'],
    ['+8657188886666', '0571 8888 6666'],
    ['0571-8888666', '0571 888 8666'],
    ['4008001234', '400 800 1234'],
  ])('%s is read as %s', (number, shown) => {
    expect(groupNumber(number)).toBe(shown)
  })

  it.each([
    ['138****5678', '138 **** 5678'],
    ['+86138****5678', '138 **** 5678'],
    ['010****6666', '010 **** 6666'],
  ])('%s keeps what is masked', (number, shown) => {
    expect(groupNumber(number)).toBe(shown)
  })

  it.each(['+14155550100', '1001', '95588', 'anonymous', ''])('%s stays as it came', (number) => {
    expect(groupNumber(number)).toBe(number)
  })
})
