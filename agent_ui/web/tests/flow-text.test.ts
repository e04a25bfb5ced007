import { describe, expect, it } from 'vitest'

import { isWay, lineOf, nodeAt, nodesIn, smallestChange } from '@/features/flows/editor'

const TEXT = `start: menu
nodes:   # 全部
  # 第一个
  menu:
    type: menu
    options:
      "1": person

  person: {type: queue, queue: sales}
calendar: none
`

describe('the text of a flow', () => {
  it('has nodes with their lines, also while something else in it is wrong', () => {
    expect(nodesIn(`${TEXT}broken: [`)).toEqual(['menu', 'person'])
    expect(lineOf(TEXT, 'person')).toBe(9)
    expect([nodeAt(TEXT, 1), nodeAt(TEXT, 7), nodeAt(TEXT, 9)]).toEqual([null, 'menu', 'person'])
    expect(nodesIn('start: a')).toEqual([])
  })

  it.each([
    ['abc', 'abXc'],
    ['您好您好', '您好'],
    ['', 'x'],
    ['aXb', 'ab'],
    ['same', 'same'],
  ])('is changed only where it differs: %s, %s', (before, after) => {
    const { from, to, insert } = smallestChange(before, after)
    expect(before.slice(0, from) + insert + before.slice(to)).toBe(after)
    expect(insert.length).toBeLessThanOrEqual(Math.max(after.length - before.length, 0))
  })

  it('leads on by values that a form offers nodes for', () => {
    expect([isWay(['m', 'options', '1']), isWay(['m', 'options', '1', 'to']), isWay(['m', 'next'])]).toEqual([true, true, true])
    expect([isWay(['m', 'text', 'zh', 1]), isWay(['m', 'queue']), isWay(['m', 'tries'])]).toEqual([false, false, false])
  })
})
