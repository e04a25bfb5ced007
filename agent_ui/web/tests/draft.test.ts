import { beforeEach, describe, expect, it } from 'vitest'

import type { Ticket } from '@/api/types'
import { emptyWork, isDirty, keep, rebase, restore, workOf } from '@/features/tickets/draft'

const TICKET: Ticket = {
  id: 7,
  number: 'CS202611220007',
  type: 'complaint',
  priority: 'urgent',
  state: 'processing',
  title: '洗衣机漏水',
  description: '',
  department: '',
  channel: 'phone',
  category: '',
  problem: '',
  severity: null,
  urgency: null,
  occurred_at: null,
  demand: '',
  product: '',
  order_number: '',
  region: '',
  customer: null,
  owner: null,
  created_at: '2026-11-22T08:00:00Z',
  updated_at: '2026-11-22T08:00:00Z',
  due_at: null,
  version: 3,
  owner_id: null,
  next_states: ['resolved'],
  history: [],
  calls: [],
  voicemail: null,
  findings: [],
}

describe('the text of a ticket', () => {
  beforeEach(() => sessionStorage.clear())

  it('survives a reload, call by call', () => {
    const work = emptyWork()
    work.draft.title = '客户要求上门'
    keep('call-1', work)
    expect(restore('call-1').draft.title).toBe('客户要求上门')
    expect(restore('call-2')).toEqual(emptyWork())
  })

  it('is unsaved as soon as it differs from what the server has', () => {
    expect(isDirty(emptyWork())).toBe(false)
    const work = workOf(TICKET)
    expect(isDirty(work)).toBe(false)
    work.draft.priority = 'low'
    expect(isDirty(work)).toBe(true)
  })

  it('goes together with what somebody else has saved of other fields', () => {
    const work = workOf(TICKET)
    work.draft.title = '洗衣机漏水，要求退货'
    const { work: both, conflicts } = rebase(work, { ...TICKET, version: 4, description: '已约上门' })
    expect(conflicts).toEqual([])
    expect(both.draft).toMatchObject({ title: '洗衣机漏水，要求退货', description: '已约上门' })
    expect(both.saved?.version).toBe(4)
  })

  it('is shown beside what somebody else has made of the same field', () => {
    const work = workOf(TICKET)
    work.draft.description = '客户要求退货'
    const { work: mine, conflicts } = rebase(work, { ...TICKET, version: 4, description: '已约上门' })
    expect(conflicts).toEqual([{ field: 'description', theirs: '已约上门', yours: '客户要求退货' }])
    expect(mine.draft.description).toBe('客户要求退货')
    expect(isDirty(mine)).toBe(true)
  })
})
