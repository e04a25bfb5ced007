import { createPinia, setActivePinia } from 'pinia'
import { afterEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick } from 'vue'

import { i18n } from '@/app/i18n'
import DeskPhoneSetup from '@/features/call/DeskPhoneSetup.vue'
import DevicesDialog from '@/features/call/DevicesDialog.vue'
import { PAGE_ID } from '@/realtime/page'

afterEach(() => {
  vi.unstubAllGlobals()
  document.body.replaceChildren()
  localStorage.clear()
})

it('sends calls to the number that was typed, and offers it the next time', async () => {
  i18n.global.locale.value = 'en'
  const asked: unknown[] = []
  vi.stubGlobal('fetch', (path: string, { method, body }: RequestInit) => {
    asked.push([method, path, JSON.parse(body as string)])
    return Promise.resolve(new Response(null, { status: 204 }))
  })
  const pinia = createPinia()
  setActivePinia(pinia)
  const closed = vi.fn()
  const app = createApp(() => h(DevicesDialog, { modelValue: true, 'onUpdate:modelValue': closed }))
  app.use(pinia).use(i18n).mount(document.body.appendChild(document.createElement('div')))
  const found = <Part extends HTMLElement>(id: string): Part | null => document.querySelector(`[data-testid="${id}"]`)
  await vi.waitFor(() => expect(found('devices-outside')).not.toBeNull())
  found('devices-outside')?.querySelector('input')?.click()
  await vi.waitFor(() => expect(found('outside-number')).not.toBeNull())
  const number = found<HTMLInputElement>('outside-number')
  const save = found<HTMLButtonElement>('devices-save')
  expect(save?.disabled).toBe(true)

  if (number) number.value = '139 0000 1234'
  number?.dispatchEvent(new Event('input'))
  await nextTick()
  save?.click()
  await vi.waitFor(() => expect(closed).toHaveBeenCalledWith(false))
  app.unmount()

  expect(asked).toEqual([
    ['PUT', '/api/phone/choice', { page: PAGE_ID, kind: 'outside', number: '139 0000 1234', language: 'en' }],
  ])
  expect(localStorage.getItem('hotline.outside')).toBe('139 0000 1234')
})

it('shows what to type into a desk phone that was just made, and its password only now', async () => {
  i18n.global.locale.value = 'en'
  vi.stubGlobal('fetch', (_path: string, { method }: RequestInit) => {
    const answer =
      method === 'POST'
        ? { username: 'desk-abc', password: 'geheim', is_encrypted: false }
        : { phone: null, address: 'pbx.example', port: 5062, tls_port: null, is_loopback: false }
    return Promise.resolve(new Response(JSON.stringify(answer), { headers: { 'content-type': 'application/json' } }))
  })
  const pinia = createPinia()
  setActivePinia(pinia)
  const app = createApp(() => h(DeskPhoneSetup))
  app.use(pinia).use(i18n).mount(document.body.appendChild(document.createElement('div')))
  const found = (id: string): HTMLElement | null => document.querySelector(`[data-testid="${id}"]`)
  await vi.waitFor(() => expect(found('desk-phone-make')).not.toBeNull())
  expect(found('desk-phone-lines')).toBeNull()

  found('desk-phone-make')?.click()
  await vi.waitFor(() => expect(found('desk-phone-password')?.textContent).toBe('geheim'))
  const typed = ['server', 'port', 'transport', 'user'].map((name) => found(`desk-phone-${name}`)?.textContent)
  app.unmount()

  expect(typed).toEqual(['pbx.example', '5062', 'UDP', 'desk-abc'])
})
