import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, nextTick } from 'vue'
import type { App } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'

import { useSession } from '@/api/session'
import type { Callback, Me } from '@/api/types'
import { i18n } from '@/app/i18n'
import CalledBack from '@/features/call/CalledBack.vue'

const SOON = new Date(Date.now() + 290_000).toISOString()
const NEXT: Callback = {
  call_id: 'out-1',
  number_shown: '+8613812345678',
  customer: { id: 7, name: '张伟', level: 'vip' },
  queue: 'sales',
  queue_name: { zh: '售前咨询', en: 'Sales' },
  position: 2,
  promised_at: new Date(Date.now() - 600_000).toISOString(),
  waited_s: 900,
  tries: 0,
  not_before: null,
  why: 'all_busy',
}
const IN_VAIN: Callback = { ...NEXT, call_id: 'out-2', customer: null, tries: 2, not_before: SOON, why: 'called_later' }
const CLOSED: Callback = { ...NEXT, call_id: 'out-3', why: 'called_later' }
const RINGS: Callback = { ...IN_VAIN, call_id: 'out-4', not_before: NEXT.promised_at, why: 'ringing' }

describe('the customers who are called back', () => {
  let asked: unknown[] = []
  let kept: Callback[] = []
  let app: App

  async function until(seen: () => boolean): Promise<void> {
    await vi.waitFor(() => {
      if (!seen()) throw new Error('not yet')
    })
    await nextTick()
  }

  function show(...roles: Me['roles']): void {
    const pinia = createPinia()
    setActivePinia(pinia)
    useSession().me = { roles } as Me
    const routes = [{ path: '/customers/:id', name: 'customer', component: {} }]
    const router = createRouter({ history: createMemoryHistory(), routes })
    app = createApp(CalledBack).use(pinia).use(i18n).use(router)
    app.mount(document.body.appendChild(document.createElement('div')))
  }

  const all = (id: string): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(`[data-testid="${id}"]`)]

  beforeEach(() => {
    i18n.global.locale.value = 'zh-CN'
    asked = []
    vi.stubGlobal('fetch', (path: string, { method }: RequestInit) => {
      asked.push([method, path])
      if (method === 'POST') kept = kept.filter((one) => !path.includes(one.call_id))
      return Promise.resolve(new Response(method === 'GET' ? JSON.stringify({ items: kept }) : null))
    })
  })

  afterEach(() => {
    app.unmount()
    vi.unstubAllGlobals()
    document.body.replaceChildren()
  })

  it('are shown with their place, the next try and how often they were called', async () => {
    kept = [NEXT, IN_VAIN, CLOSED, RINGS]
    show('agent')
    await until(() => all('callback').length === 4)

    const [next, inVain, closed, rings] = all('callback').map((row) => row.textContent ?? '')
    for (const words of ['张伟', '售前咨询', '第 2 位', '10分钟前']) expect(next).toContain(words)
    for (const words of ['未接通 2 次', '最早再呼叫', '5分钟后']) expect(inVain).toContain(words)
    for (const words of ['未接通', '最早再呼叫']) expect(next).not.toContain(words)
    expect(closed).toContain('开放后呼叫')
    expect(rings).toContain('正在呼叫')
  })

  it('are taken back by supervisors alone, who are asked whether they are sure', async () => {
    kept = [NEXT]
    show('agent')
    await until(() => all('callback').length === 1)
    expect(all('callback-cancel')).toEqual([])
    app.unmount()

    show('supervisor')
    await until(() => all('callback-cancel').length === 1)
    all('callback-cancel')[0]?.click()
    const sure = (): HTMLElement | null => document.querySelector('.el-popconfirm__action .el-button--primary')
    await until(() => sure() !== null)
    expect(asked).not.toContainEqual(['POST', '/api/callbacks/out-1/cancel'])
    sure()?.click()
    await until(() => all('callbacks').length === 0)

    expect(asked.slice(-2)).toEqual([
      ['POST', '/api/callbacks/out-1/cancel'],
      ['GET', '/api/callbacks'],
    ])
  })

  it('take no room on the desk while there are none', async () => {
    kept = []
    show('agent')
    await until(() => asked.length > 0)

    expect(all('callbacks')).toEqual([])
  })
})
