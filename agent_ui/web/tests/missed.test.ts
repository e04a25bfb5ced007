import { createPinia } from 'pinia'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createApp, nextTick } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'

import type { MissedCaller } from '@/api/types'
import { i18n } from '@/app/i18n'
import MissedCallers from '@/features/call/MissedCallers.vue'

const ONE: MissedCaller = {
  call_id: 'hotline-1',
  number_shown: '+8613812345678',
  customer: { id: 7, name: '张伟', level: 'vip' },
  queue: 'sales',
  queue_name: { zh: '售前咨询', en: 'Sales' },
  reason: 'gave_up',
  waited_s: 95,
  times: 3,
  first_at: '2026-11-22T07:00:00Z',
  last_at: '2026-11-22T08:00:00Z',
}
const STRANGER: MissedCaller = {
  ...ONE,
  call_id: 'hotline-2',
  customer: null,
  reason: 'closed',
  waited_s: 0,
  times: 1,
}
const REASONS = ['gave_up', 'full', 'closed', 'timeout']

async function until(seen: () => boolean): Promise<void> {
  await vi.waitFor(() => {
    if (!seen()) throw new Error('not yet')
  })
  await nextTick()
}

describe('the people to call back', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    document.body.replaceChildren()
  })

  it('has words for every reason', () => {
    for (const reason of REASONS) expect(i18n.global.te(`call.missed_reason.${reason}`)).toBe(true)
  })

  it('are called with one click, by the call that led to nobody', async () => {
    const sent: unknown[] = []
    vi.stubGlobal('fetch', (path: string, { method, body }: RequestInit) => {
      if (method === 'POST') sent.push([path, JSON.parse(body as string)])
      const reply = method === 'GET' ? { items: [ONE], total: 1 } : { call_id: 'out-1' }
      return Promise.resolve(new Response(JSON.stringify(reply)))
    })
    const routes = [{ path: '/customers/:id', name: 'customer', component: {} }]
    const router = createRouter({ history: createMemoryHistory(), routes })
    const app = createApp(MissedCallers).use(createPinia()).use(i18n).use(router)
    app.mount(document.body.appendChild(document.createElement('div')))
    const button = (): HTMLElement | null => document.querySelector('[data-testid="call-out"]')

    await until(() => button() !== null)
    button()?.click()
    button()?.click()
    await until(() => sent.length > 0)
    app.unmount()
    expect(sent).toEqual([['/api/calls', { missed_call_id: ONE.call_id, key: expect.stringMatching(/^[0-9-]{8,64}$/) }]])
  })

  it('are shown with why and how often they tried, until somebody has seen to them', async () => {
    i18n.global.locale.value = 'zh-CN'
    const asked: unknown[] = []
    let missed = [ONE, STRANGER]
    vi.stubGlobal('fetch', (path: string, { method }: RequestInit) => {
      asked.push([method, path])
      if (method === 'POST') missed = [STRANGER]
      return Promise.resolve(new Response(method === 'GET' ? JSON.stringify({ items: missed, total: 120 }) : null))
    })
    const routes = [{ path: '/customers/:id', name: 'customer', component: {} }]
    const router = createRouter({ history: createMemoryHistory(), routes })
    const app = createApp(MissedCallers).use(createPinia()).use(i18n).use(router)
    app.mount(document.body.appendChild(document.createElement('div')))
    const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-testid="missed-caller"]')]

    await until(() => rows().length === 2)
    expect(document.querySelector('[data-testid="missed-callers"] .panel-head')?.textContent).toContain('120')
    const [first, second] = rows().map((row) => row.textContent ?? '')
    for (const words of ['张伟', '售前咨询', '放弃等候', '等候 01:35', '共来电 3 次']) expect(first).toContain(words)
    expect(second).toContain('非服务时间')
    for (const words of ['等候', '共来电']) expect(second).not.toContain(words)

    rows()[0]?.querySelector<HTMLElement>('[data-testid="missed-done"]')?.click()
    await until(() => rows().length === 1)
    app.unmount()
    expect(asked).toEqual([
      ['GET', '/api/missed-callers'],
      ['POST', '/api/missed-callers/hotline-1/seen-to'],
      ['GET', '/api/missed-callers'],
    ])
  })
})
