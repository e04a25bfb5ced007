import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, effectScope, h, nextTick, ref } from 'vue'
import type { App, Ref } from 'vue'

import type { Finding, TicketDraft } from '@/api/types'
import { i18n } from '@/app/i18n'
import { emptyWork } from '@/features/tickets/draft'
import { useReading } from '@/features/tickets/reading'
import { useSaid } from '@/features/tickets/said'
import TicketReading from '@/features/tickets/TicketReading.vue'
import { useBoard } from '@/realtime/board'

const SAID: Finding = {
  field: 'priority',
  value: 'urgent',
  confidence: 2 / 3,
  source: 'rule',
  words: [{ text: '冒烟', start: 3, end: 5 }],
  name_zh: '',
  name_en: '',
}
const PRODUCT: Finding = { ...SAID, field: 'product', value: 'washer', name_zh: '洗衣机', name_en: 'Washing machine' }
const AMOUNT: Finding = { ...SAID, field: 'amount', value: '2500 CNY', source: 'pattern' }

describe('what was read', () => {
  let app: App
  let draft: Ref<TicketDraft>

  function show(...findings: Finding[]): void {
    draft = ref({ ...emptyWork().draft, type: 'callback', title: '留言' })
    app = createApp({
      render: () =>
        h(TicketReading, {
          findings,
          modelValue: draft.value,
          'onUpdate:modelValue': (changed: TicketDraft) => (draft.value = changed),
        }),
    }).use(i18n)
    app.mount(document.body.appendChild(document.createElement('div')))
  }

  const all = (id: string): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(`[data-testid="${id}"]`)]

  beforeEach(() => (i18n.global.locale.value = 'zh-CN'))
  afterEach(() => {
    app.unmount()
    document.body.innerHTML = ''
  })

  it('is shown with its words, how sure it is and by what, in the language of the page', async () => {
    show(SAID, PRODUCT, AMOUNT)
    const texts = all('finding').map((one) => one.textContent?.replace(/\s+/g, ' ') ?? '')
    expect(texts[0]).toContain('紧急')
    expect(texts[0]).toContain('冒烟')
    expect(texts[0]).toContain('按规则 · 把握 67%')
    expect(texts[1]).toContain('洗衣机')
    expect(texts[2]).toContain('¥2,500.00')
    i18n.global.locale.value = 'en'
    await nextTick()
    expect(all('finding')[1]?.textContent).toContain('Washing machine')
  })

  it('is taken over into the form, and then not offered again', async () => {
    show(SAID, PRODUCT)
    expect(all('finding-take')).toHaveLength(1)
    all('finding-take')[0]?.click()
    await nextTick()
    expect(draft.value).toMatchObject({ type: 'callback', priority: 'urgent', title: '留言' })
    expect(all('finding-take')).toHaveLength(0)
  })
})

describe('reading what is typed', () => {
  let asked: string[] = []
  let answers: ((findings: Finding[]) => void)[] = []
  const scope = effectScope()

  beforeEach(() => {
    vi.useFakeTimers()
    vi.stubGlobal('fetch', (_: string, { body }: { body: string }) => {
      asked.push((JSON.parse(body) as { text: string }).text)
      return new Promise<Response>((answer) => {
        answers.push((findings) => answer(new Response(JSON.stringify({ findings }))))
      })
    })
  })
  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
    vi.unstubAllGlobals()
    asked = []
    answers = []
  })

  it('asks once after a pause, and an answer to an earlier text that comes late counts no more', async () => {
    const text = ref('')
    const { findings } = scope.run(() => useReading(() => text.value)) ?? { findings: ref([]) }
    await vi.advanceTimersByTimeAsync(1000)
    expect(asked).toEqual([])
    for (const typed of ['洗', '洗衣', '洗衣机']) {
      text.value = typed
      await vi.advanceTimersByTimeAsync(100)
    }
    await vi.advanceTimersByTimeAsync(1000)
    text.value = '洗衣机冒烟'
    await vi.advanceTimersByTimeAsync(1000)
    expect(asked).toEqual(['洗衣机', '洗衣机冒烟'])
    answers[1]?.([SAID])
    await vi.advanceTimersByTimeAsync(0)
    answers[0]?.([PRODUCT])
    await vi.advanceTimersByTimeAsync(0)
    expect(findings.value).toEqual([SAID])
  })
})

describe('what the customer says', () => {
  const scope = effectScope()
  afterEach(() => scope.stop())

  function segment(side: string, second: number, text: string): object {
    return { side, text, said_at: `2026-11-22T08:00:0${second}Z`, start_s: second, end_s: second + 1, confidence: 0.9 }
  }

  it('is kept after newer sentences have taken its place, without the agent and other calls', async () => {
    setActivePinia(createPinia())
    const board = useBoard()
    const hear = async (call: string, ...segments: object[]): Promise<void> => {
      board.values = { transcript: { call_id: call, segments, customer_says: '还有', agent_says: '' } }
      await nextTick()
    }
    await hear('call-1', segment('customer', 1, '洗衣机冒烟了'), segment('agent', 2, '请先断电'))
    const said = scope.run(() => useSaid('call-1'))
    await hear('call-1', segment('agent', 2, '请先断电'), segment('customer', 3, '我要退货'))
    await hear('call-2', segment('customer', 4, '空调'))
    expect(said?.value).toBe('洗衣机冒烟了\n我要退货')
  })
})
