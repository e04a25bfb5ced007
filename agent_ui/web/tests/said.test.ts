import { createPinia } from 'pinia'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createApp } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'

import type { SpokenCall, Speech } from '@/api/types'
import { i18n } from '@/app/i18n'
import SpokenPage from '@/features/call/SpokenPage.vue'

const said = (start: number, text: string): Speech => ({
  side: 'customer',
  start_s: start,
  end_s: start + 1,
  said_at: '2026-11-23T02:00:00Z',
  text,
  confidence: 0.9,
  words: [],
})
const CALL = {
  call_id: 'hotline-1.1',
  at: '2026-11-23T01:59:00Z',
  number_shown: '+8613812345678',
  direction: 'in',
  outcome: 'served',
} as SpokenCall['call']

describe('the page that finds calls by what was said', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    document.body.replaceChildren()
  })

  const all = (selector: string): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(selector)]

  async function until(seen: () => boolean): Promise<void> {
    await vi.waitFor(
      () => {
        if (!seen()) throw new Error('not yet')
      },
      { timeout: 4_000 },
    )
  }

  /** The page at an address, with what the server finds; what it is asked for. */
  async function shown(address: string, items: SpokenCall[]): Promise<{ asked: URL[]; close: () => void }> {
    i18n.global.locale.value = 'zh-CN'
    const asked: URL[] = []
    vi.stubGlobal('fetch', (path: string) => {
      asked.push(new URL(path, 'http://hotline'))
      return Promise.resolve(new Response(JSON.stringify({ items, total: items.length })))
    })
    const router = createRouter({
      history: createMemoryHistory(),
      routes: [
        { path: '/said', name: 'said', component: SpokenPage },
        { path: '/calls/:call', name: 'call', component: { render: () => null } },
      ],
    })
    await router.push(address)
    const app = createApp(SpokenPage).use(createPinia()).use(i18n).use(router)
    app.mount(document.body.appendChild(document.createElement('div')))
    return { asked, close: () => { app.unmount() } }
  }

  it('asks for what the address says, and leads from a sentence to its call', async () => {
    const { asked, close } = await shown('/said?text=退款', [
      { call: CALL, segments: [said(3, '我要退款'), said(9, '<b>退款</b>')] },
    ])
    await until(() => all('[data-testid=said-line]').length === 2)
    expect(asked.map((url) => [url.pathname, url.searchParams.get('text')])).toEqual([['/api/transcripts', '退款']])
    const [first, second] = all('[data-testid=said-line]')
    expect(decodeURI(first?.getAttribute('href') ?? '')).toBe('/calls/hotline-1.1?said=退款')
    expect(all('mark').map((mark) => mark.textContent)).toEqual(['退款', '退款'])
    expect(second?.textContent).toContain('<b>退款</b>')
    close()
  })

  it('shows only some sentences of a call in which it was said often', async () => {
    const often = Array.from({ length: 7 }, (_, at) => said(at, '退款'))
    const { close } = await shown('/said?text=退款', [{ call: CALL, segments: often }])
    await until(() => all('[data-testid=said-line]').length > 0)
    expect(all('[data-testid=said-line]')).toHaveLength(4)
    expect(document.body.textContent).toContain('另有 3 处')
    close()
  })

  it('asks nobody before anything is typed, and says when nobody said it', async () => {
    const idle = await shown('/said', [])
    await until(() => all('[data-testid=said-text]').length === 1)
    expect(idle.asked).toEqual([])
    idle.close()
    document.body.replaceChildren()

    const { close } = await shown('/said?text=电冰箱', [])
    await until(() => all('[data-testid=list-empty]').length === 1)
    expect(document.body.textContent).toContain('这段时间内没有人说过。')
    close()
  })
})
