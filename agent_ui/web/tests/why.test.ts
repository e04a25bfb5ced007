import { describe, expect, it } from 'vitest'

import type { Left, Offer, Why } from '@/api/types'
import { i18n } from '@/app/i18n'
import { leftSentence, offerFacts, whySentence } from '@/features/call/why'

function sentence(why: Why, language: 'zh-CN' | 'en'): string {
  i18n.global.locale.value = language
  return whySentence(why, i18n.global.t as never)
}

describe('why this agent', () => {
  it.each([
    [{ code: 'sticky' }, '派给你：上次由你服务。'],
    [{ code: 'sticky', held_for_sticky_s: 12 }, '派给你：上次由你服务，客户为你等了 00:12。'],
    [{ code: 'longest_idle', idle_s: 200 }, '派给你：你空闲最久（03:20）。'],
    [{ code: 'freed_and_first_in_line', overtook: 2 }, '派给你：你刚空出来，这位客户排在最前；优先客户，排到了 2 位前面。'],
    [
      { code: 'only_candidate', boost_s: 185, lost_wait_s: 65, overtook: 3 },
      '派给你：此刻只有你空闲；优先客户，排到了 3 位前面；此前来电未接通，已补计等候 01:05。',
    ],
    [{ code: 'region', region: 'south', region_by: 'number', branch: 'local' }, '派给你：south（按号码归属地）由你负责。'],
    [{ code: 'return_to_own_call' }, '派给你：这通电话原本就是你的。'],
    [{ code: 'only_candidate', is_help: true }, '派给你：此刻只有你空闲；该队列超出上限，由你支援。'],
    [{ code: 'best_skill', is_relaxed: true }, '派给你：你最擅长所需技能；等候较久，技能要求已放宽。'],
  ] as [Why, string][])('is one sentence in Chinese: %o', (why, words) => {
    expect(sentence(why, 'zh-CN')).toBe(words)
  })

  it('speaks of the agent to those who look at the call later', () => {
    i18n.global.locale.value = 'zh-CN'
    expect(whySentence({ code: 'sticky' } as Why, i18n.global.t as never, 'why_agent')).toBe(
      '派接原因：上次由这位坐席服务。',
    )
  })

  it.each([
    [{ code: 'longest_idle', idle_s: null }, 'Yours because you were idle the longest.'],
    [{ code: 'only_candidate', overtook: 1 }, 'Yours because only you were free; a priority customer, moved ahead of one other.'],
    [
      { code: 'only_candidate', boost_s: 65, lost_wait_s: 65, overtook: 3 },
      'Yours because only you were free; called before in vain, and has the 01:05 waited then counted.',
    ],
    [{ code: 'round_robin', is_relaxed: true }, 'Yours because it was your turn; after the wait, less skill was asked for.'],
    [
      { code: 'region', region: 'south', region_by: 'choice', branch: 'headquarters' },
      'Yours because nobody of south (chosen in the menu) was free, and you are at headquarters.',
    ],
    [{ code: 'region' }, 'Yours because it is not known where the caller is at home, and headquarters come first.'],
    [{ code: 'adopted' }, 'Yours because the call was picked up again after a restart.'],
  ] as [Why, string][])('and one in English: %o', (why, words) => {
    expect(sentence(why, 'en')).toBe(words)
  })
})

describe('what else decided', () => {
  const offer = {
    boosts: [
      { source: 'level', seconds: 300 },
      { source: 'node', seconds: null },
    ],
    own_agent: { id: 2, name: '王强' },
    needs: { english: 2 },
    passed_over: [
      { agent: { id: 2, name: '王强' }, reason: 'busy_for_long' },
      { agent: { id: 3, name: '赵敏' }, reason: 'farther' },
    ],
  } as unknown as Offer

  it('is said part by part, with everybody who did not get the call', () => {
    i18n.global.locale.value = 'zh-CN'
    expect(offerFacts(offer, i18n.global.t as never).slice(2)).toEqual([
      '客户熟悉 王强',
      '需要技能 english 2',
      '王强 短时间内不太可能空出来',
      '赵敏 离客户地区较远',
    ])
    i18n.global.locale.value = 'en'
    expect(offerFacts(offer, i18n.global.t as never)).toEqual([
      'Level +05:00',
      'Menu first',
      'the caller knows 王强',
      'asked for english 2',
      '王强 was not likely to be free soon enough',
      '赵敏 was farther away',
    ])
  })
})

describe('why nobody had served a caller who left', () => {
  const left = {
    queue_name: { zh: '销售', en: 'Sales' },
    left_at: '2026-11-20T09:00:00Z',
    why: 'all_busy',
    offered_to: null,
    held_for: null,
    boosts: [],
    asked: {},
    needs: {},
    reached: [],
    own_agent: null,
    passed_over: [],
  } as Left
  const agent = { id: 1, name: '李静' }

  it.each([
    [left, '离开“销售”时：能接的坐席都在忙。'],
    [{ ...left, why: 'ringing', offered_to: agent }, '离开“销售”时：李静的电话正在响铃。'],
    [{ ...left, why: 'held_for_own_agent', held_for: agent }, '离开“销售”时：正为来电者熟悉的坐席李静保留。'],
    [{ ...left, why: 'nobody_has_the_skills', needs: { 英语: 2 } }, '离开“销售”时：没有坐席具备所需技能（英语 2）。'],
  ] as [Left, string][])('is one sentence: %o', (shown, words) => {
    i18n.global.locale.value = 'zh-CN'
    expect(leftSentence(shown, i18n.global.t as never, '销售')).toBe(words)
  })

  it('names who had turned the call down', () => {
    i18n.global.locale.value = 'en'
    const shown = { ...left, passed_over: [{ agent, reason: 'refused' }] } as Left
    expect(offerFacts(shown, i18n.global.t as never)).toEqual(['李静 refused'])
  })
})
