import { afterEach, describe, expect, it, vi } from 'vitest'

import type { Ticket } from '@/api/types'
import { emptyWork, isDirty, workOf } from '@/features/tickets/draft'
import { makeWork, saveWork } from '@/features/tickets/saving'

const FACTS = { department: '', channel: 'phone', category: '', problem: '', severity: null, urgency: null, occurred_at: null, demand: '', product: '', order_number: '', region: '' }
const WORDS = { id: 7, number: 'CS202611220001', type: 'complaint', priority: 'high', state: 'processing', title: '洗衣机漏水', description: '', version: 3 }
const TICKET = { ...WORDS, ...FACTS } as unknown as Ticket

const answer = (status: number, body: unknown): Response => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })

afterEach(() => vi.unstubAllGlobals())

describe('saving a ticket', () => {
  it('takes what others changed, so that saving again takes nothing of it back', async () => {
    const work = workOf(TICKET)
    work.draft.title = '洗衣机漏水，要求退货'
    vi.stubGlobal('fetch', () => Promise.resolve(answer(200, { ...TICKET, title: work.draft.title, priority: 'urgent', version: 5 })))
    const result = await saveWork(work, work.saved, {})
    expect(result.work.draft).toMatchObject({ title: '洗衣机漏水，要求退货', priority: 'urgent' })
    expect(isDirty(result.work)).toBe(false)
  })

  it('keeps what is typed while the answer is on its way', async () => {
    const work = emptyWork()
    work.draft.title = TICKET.title
    vi.stubGlobal('fetch', () => {
      work.draft.description = '客户很急'
      return Promise.resolve(answer(201, { ...TICKET, type: 'inquiry', priority: 'medium' }))
    })
    const result = await makeWork(work, { call_id: 'site1-1.1', customer_id: null })
    expect(result.work.draft.description).toBe('客户很急')
    expect(result.work.saved?.draft.description).toBe('')
    expect(isDirty(result.work)).toBe(true)
  })

  it('shows what has to be decided, and changes nothing before', async () => {
    const work = workOf(TICKET)
    work.draft.description = '客户要求退货'
    vi.stubGlobal('fetch', (_: string, options: RequestInit) =>
      Promise.resolve(
        options.method === 'PATCH' ? answer(409, { code: 'stale_version', message: 'both' }) : answer(200, { ...TICKET, description: '已约上门', version: 4 }),
      ),
    )
    const result = await saveWork(work, work.saved, {})
    expect(result.isSaved).toBe(false)
    expect(result.conflicts).toEqual([{ field: 'description', theirs: '已约上门', yours: '客户要求退货' }])
  })
})
