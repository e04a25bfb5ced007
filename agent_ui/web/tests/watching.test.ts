import { createPinia, setActivePinia } from 'pinia'
import { afterEach, expect, it } from 'vitest'
import { createApp, h, nextTick } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'

import { i18n } from '@/app/i18n'
import CallCard from '@/features/call/CallCard.vue'
import { usePhone } from '@/features/call/store'
import { useBoard } from '@/realtime/board'

afterEach(() => document.body.replaceChildren())

it('shows a supervisor who listens no call of their own', async () => {
  i18n.global.locale.value = 'zh-CN'
  const pinia = createPinia()
  setActivePinia(pinia)
  const board = useBoard()
  const phone = usePhone()
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: {} }] })
  const app = createApp(() => h(CallCard))
  app.use(pinia).use(i18n).use(router).mount(document.body.appendChild(document.createElement('div')))
  const phase = (): string | undefined =>
    document.querySelector<HTMLElement>('[data-testid="call-card"]')?.dataset.phase

  phone.state = { line: 'ready', call: 'talking', isHeld: false, isMuted: false, isSoundLost: false }
  await nextTick()
  expect(phase()).toBe('ringing')

  board.values = { watch: { call_id: 'hl-1', leg: 'watch-1', phase: 'talking', mode: 'listen' } }
  await nextTick()
  expect(phase()).toBe('idle')
  app.unmount()
})
