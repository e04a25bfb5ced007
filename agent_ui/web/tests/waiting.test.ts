import { createPinia } from 'pinia'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createApp, nextTick } from 'vue'

import type { QueueFigures, Waiting } from '@/api/types'
import { i18n } from '@/app/i18n'
import { creditOf, creditParts, waitingFacts, waitingSentence } from '@/features/wall/waiting'
import WaitingCalls from '@/features/wall/WaitingCalls.vue'

const LI = { id: 1, name: '李静' }
const ONE: Waiting = {
  call_id: 'hotline-1',
  queue: 'sales',
  queue_name: { zh: '售前咨询', en: 'Sales' },
  number_shown: '+8613812345678',
  level: 'vip',
  matter: '',
  position: 1,
  since: '2026-11-22T08:00:00Z',
  waited_s: 40,
  expected_s: null,
  why: 'all_busy',
  boost_s: 0,
  boosts: [],
  asked: {},
  needs: {},
  asks_less_in_s: null,
  reached: [],
  region: '',
  region_by: null,
  own_agent: null,
  held_for: null,
  held_in_all_s: 0,
  is_let_go_in_s: null,
  offered_to: null,
  leaves_in_s: null,
  agents: {},
  callback: null,
  passed_over: [],
}
const WHY = [
  'ringing',
  'held_for_own_agent',
  'all_busy',
  'nobody_ready',
  'nobody_on_duty',
  'nobody_has_the_skills',
  'being_taken',
  'no_switch',
]
const t = i18n.global.t as never

function sentence(language: 'zh-CN' | 'en', change: Partial<Waiting>): string {
  i18n.global.locale.value = language
  return waitingSentence({ ...ONE, ...change }, t)
}

describe('why a call waits', () => {
  it.each([
    [{ why: 'ringing', offered_to: LI }, '正在为李静振铃。', 'Ringing at 李静.'],
    [
      { why: 'held_for_own_agent', held_for: LI, is_let_go_in_s: 12.4 },
      '在等熟悉的坐席李静，00:12 后也可派给别人。',
      'Waits for 李静, whom they know; anyone’s in 00:12.',
    ],
    [{ why: 'held_for_own_agent', held_for: LI }, '在等熟悉的坐席李静。', 'Waits for 李静, whom they know.'],
    [
      { why: 'nobody_has_the_skills', needs: { english: 2 } },
      '没有坐席具备所需技能（english 2）。',
      'No agent has the skills it needs (english 2).',
    ],
  ] as [Partial<Waiting>, string, string][])('is one sentence: %o', (change, zh, en) => {
    expect([sentence('zh-CN', change), sentence('en', change)]).toEqual([zh, en])
  })

  it('has words for every reason', () => {
    for (const why of WHY) expect(i18n.global.te(`waiting.${why}`)).toBe(true)
  })

  it('goes with what else is to be known', () => {
    i18n.global.locale.value = 'zh-CN'
    const change: Partial<Waiting> = {
      expected_s: 70,
      agents: { busy: 3, on_break: 1, offline: 4 },
      passed_over: [
        { agent: LI, reason: 'refused' },
        { agent: { id: 2, name: '王强' }, reason: 'busy' },
      ],
      needs: { english: 2 },
      asks_less_in_s: 30,
      reached: ['technical'],
      leaves_in_s: 200,
    }
    expect(waitingFacts({ ...ONE, ...change }, t, () => '技术支持')).toEqual([
      '预计还要 01:10',
      '忙 3',
      '小休 1',
      '李静拒接',
      '00:30 后放宽技能要求',
      '技术支持的坐席也可以接',
      '03:20 后离开队列',
    ])
  })

  it('tells what it is credited with, and what for', () => {
    i18n.global.locale.value = 'en'
    const vip = { source: 'level', seconds: 300 }
    const boosts = [vip, { source: 'supervisor', seconds: null }]
    expect(creditOf({ ...ONE, boost_s: 300, boosts: [vip] }, t)).toBe('+05:00')
    expect(creditOf({ ...ONE, boost_s: 300, boosts }, t)).toBe('first')
    expect(creditParts({ ...ONE, boost_s: 300, boosts }, t)).toBe('Level +05:00, Supervisor first')
    expect(creditOf(ONE, t)).toBe('')
  })
})

describe('the list of who waits', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    document.body.replaceChildren()
  })

  async function until(seen: () => boolean): Promise<void> {
    await vi.waitFor(
      () => {
        if (!seen()) throw new Error('not yet')
      },
      { timeout: 4_000 },
    )
    await nextTick()
  }

  const found = (id: string): HTMLElement | null => document.querySelector(`[data-testid="${id}"]`)

  /** The list of these calls on a page; what it asks the server for. */
  function shown(items: Waiting[], count = items.length): { asked: unknown[]; close: () => void } {
    i18n.global.locale.value = 'en'
    const asked: unknown[] = []
    vi.stubGlobal('fetch', (path: string, { method, body }: RequestInit) => {
      asked.push([method, path, body])
      return Promise.resolve(new Response(method === 'GET' ? JSON.stringify({ items }) : null))
    })
    const sales = { id: 'sales', name: ONE.queue_name, waiting: count } as QueueFigures
    const app = createApp(WaitingCalls, { queue: sales }).use(createPinia()).use(i18n)
    app.mount(document.body.appendChild(document.createElement('div')))
    return { asked, close: () => { app.unmount() } }
  }

  async function choose(boost: string): Promise<void> {
    await until(() => found('waiting-boost') !== null)
    found('waiting-boost')?.click()
    await until(() => found(`waiting-boost-${boost}`) !== null)
    found(`waiting-boost-${boost}`)?.click()
  }

  it('shows why, and pulls a call forward with two clicks', async () => {
    const { asked, close } = shown([ONE])
    await until(() => found('waiting-why') !== null)
    expect(found('waiting-why')?.textContent).toBe('Everyone who could take it is busy.')
    expect(found('waiting-boost-nothing')).toBeNull()
    await choose('five_minutes')
    await until(() => asked.length === 3)
    close()

    expect(asked).toEqual([
      ['GET', '/api/queues/sales/waiting?limit=50', null],
      ['POST', '/api/calls/hotline-1/boost', '{"seconds":300,"strict":false}'],
      ['GET', '/api/queues/sales/waiting?limit=50', null],
    ])
  })

  it('pulls a call that was pulled forward before still further', async () => {
    const before = { ...ONE, boosts: [{ source: 'level', seconds: 300 }, { source: 'supervisor', seconds: 60 }] }
    const { asked, close } = shown([before])
    await choose('minute')
    await until(() => asked.length === 3)
    close()
    expect(asked[1]).toEqual(['POST', '/api/calls/hotline-1/boost', '{"seconds":120,"strict":false}'])
  })

  it('offers whom it has put before everybody only to be taken back', async () => {
    const { asked, close } = shown([{ ...ONE, boosts: [{ source: 'supervisor', seconds: null }] }])
    await until(() => found('waiting-boost') !== null)
    found('waiting-boost')?.click()
    await until(() => found('waiting-boost-nothing') !== null)
    expect(found('waiting-boost-minute')).toBeNull()
    await choose('nothing')
    await until(() => asked.length === 3)
    close()
    expect(asked[1]).toEqual(['POST', '/api/calls/hotline-1/boost', '{"seconds":0,"strict":false}'])
  })

  it('says when there are more than it lists', async () => {
    const many = Array.from({ length: 50 }, (_, place) => ({ ...ONE, call_id: `hotline-${String(place)}` }))
    const { close } = shown(many, 83)
    await until(() => found('waiting-cut') !== null)
    expect(found('waiting-cut')?.textContent).toContain('The first 50 of 83.')
    close()
    document.body.replaceChildren()
    const whole = shown(many, 50)
    await until(() => found('waiting-why') !== null)
    expect(found('waiting-cut')).toBeNull()
    whole.close()
  })
})
