import { createPinia } from 'pinia'
import { afterEach, expect, it, vi } from 'vitest'
import { createApp, h } from 'vue'

import { i18n } from '@/app/i18n'
import ProposeListing from '@/features/lists/ProposeListing.vue'

afterEach(() => {
  vi.unstubAllGlobals()
  document.body.replaceChildren()
})

const element = <Kind extends HTMLElement>(id: string): Kind => {
  const found = document.querySelector<Kind>(`[data-testid="${id}"]`)
  if (!found) throw new Error(`no ${id} yet`)
  return found
}

it('asks for a reason, sends the number of who calls, and says that it has to be confirmed', async () => {
  i18n.global.locale.value = 'zh-CN'
  const sent: unknown[] = []
  vi.stubGlobal('fetch', (path: string, { body }: { body: string }) => {
    sent.push([path, JSON.parse(body)])
    return Promise.resolve(new Response(JSON.stringify({ is_proposed: true }), { status: 200 }))
  })
  const app = createApp(() => h(ProposeListing, { number: '+8613812345678' }))
  app.use(createPinia()).use(i18n).mount(document.body.appendChild(document.createElement('div')))
  element('propose-open').click()
  const reason = await vi.waitFor(() => element<HTMLInputElement>('propose-reason'))
  expect(element<HTMLButtonElement>('propose-send').disabled).toBe(true)

  reason.value = '反复辱骂坐席'
  reason.dispatchEvent(new Event('input'))
  await vi.waitFor(() => expect(element<HTMLButtonElement>('propose-send').disabled).toBe(false))
  element<HTMLFormElement>('propose-form').requestSubmit()
  await vi.waitFor(() => expect(document.body.textContent).toContain('待班长确认'))
  const wish = { kind: 'number', manner: 'text', until: null, sort: 'warned', reason: '反复辱骂坐席' }
  expect(sent).toEqual([['/api/caller-list', { ...wish, number: '+8613812345678' }]])
  app.unmount()
})
