import { createPinia, setActivePinia } from 'pinia'
import { afterEach, expect, it, vi } from 'vitest'
import { createApp, h, nextTick } from 'vue'

import { i18n } from '@/app/i18n'
import OutsideDialog from '@/features/call/OutsideDialog.vue'
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
  const app = createApp(() => h(OutsideDialog, { modelValue: true, 'onUpdate:modelValue': closed }))
  app.use(pinia).use(i18n).mount(document.body.appendChild(document.createElement('div')))
  const found = <Part extends HTMLElement>(id: string): Part | null => document.querySelector(`[data-testid="${id}"]`)
  await vi.waitFor(() => expect(found('outside-number')).not.toBeNull())
  const number = found<HTMLInputElement>('outside-number')
  const save = found<HTMLButtonElement>('outside-save')
  expect(save?.disabled).toBe(true)

  if (number) number.value = '139 0000 1234'
  number?.dispatchEvent(new Event('input'))
  await nextTick()
  save?.click()
  await vi.waitFor(() => expect(closed).toHaveBeenCalledWith(false))
  app.unmount()

  expect(asked).toEqual([['PUT', '/api/phone/outside', { page: PAGE_ID, number: '139 0000 1234', language: 'en' }]])
  expect(localStorage.getItem('hotline.outside')).toBe('139 0000 1234')
})
