import { expect, it } from 'vitest'

import type { TicketWorkflowView } from '@/api/types'
import { changedEntries, entriesOf } from '@/features/tickets/workflow'

const NAME = { zh: '费用', en: 'Cost' }
const STEP = {
  fields: [
    { key: 'product', name: null, type: 'text', value: '', is_required: true, is_missing: true },
    { key: 'cost', name: NAME, type: 'number', value: '20', is_required: true, is_missing: false },
    { key: 'fine', name: NAME, type: 'yes_no', value: 'yes', is_required: false, is_missing: false },
  ],
  checks: [{ key: 'seen', zh: '已看过', en: 'Seen', is_passed: false }],
  visit_at: '2026-11-24T07:30:00Z',
} as TicketWorkflowView

it('nothing is sent where nothing was changed, and the ticket is filled in elsewhere', () => {
  const entries = entriesOf(STEP)
  expect(Object.keys(entries.values)).toEqual(['cost', 'fine'])
  expect(changedEntries(STEP, entries)).toBeNull()
})

it('only what was changed is sent, and a choice that was cleared as empty', () => {
  const entries = entriesOf(STEP)
  entries.checks.seen = true
  entries.values.fine = undefined as unknown as string
  expect(changedEntries(STEP, entries)).toEqual({ values: { fine: '' }, checks: { seen: true } })
})

it('a visit is agreed in the time of the place and sent as a moment', () => {
  const entries = entriesOf(STEP)
  const at = new Date(entries.visit)
  expect(at.toISOString()).toBe('2026-11-24T07:30:00.000Z')
  entries.visit = entries.visit.replace(/^2026/, '2027')
  expect(changedEntries(STEP, entries)).toEqual({ values: {}, checks: {}, visit_at: '2027-11-24T07:30:00.000Z' })
})
