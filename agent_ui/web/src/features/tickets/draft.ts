/** Unsaved text of a ticket: kept in the tab, so that a reload in a call loses nothing. */

import type { Ticket, TicketDraft } from '@/api/types'

export interface Work {
  draft: TicketDraft
  /** What these words were last saved as. */
  saved: { id: number; number: string; version: number; draft: TicketDraft } | null
}

const EMPTY: TicketDraft = {
  type: 'inquiry',
  priority: 'medium',
  title: '',
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
}
const FIELDS = Object.keys(EMPTY) as (keyof TicketDraft)[]

/** Something that two people have made different things of. */
export interface Conflict {
  field: keyof TicketDraft
  theirs: TicketDraft[keyof TicketDraft]
  yours: TicketDraft[keyof TicketDraft]
}

export function emptyWork(): Work {
  return { draft: { ...EMPTY }, saved: null }
}

export function workOf(ticket: Ticket): Work & { saved: NonNullable<Work['saved']> } {
  const { id, number, version } = ticket
  const draft = Object.fromEntries(FIELDS.map((field) => [field, ticket[field]])) as unknown as TicketDraft
  return { draft: { ...draft }, saved: { id, number, version, draft } }
}

export function isDirty(work: Work): boolean {
  const clean = work.saved?.draft ?? EMPTY
  return FIELDS.some((field) => work.draft[field] !== clean[field])
}

/** Unsaved words on top of what somebody else has saved: nothing of either is lost, and what both changed is named. */
export function rebase(work: Work, fresh: Ticket): { work: Work; conflicts: Conflict[] } {
  const result = workOf(fresh)
  const base = work.saved?.draft ?? EMPTY
  const conflicts: Conflict[] = []
  for (const field of FIELDS) {
    const yours = work.draft[field]
    const theirs = fresh[field]
    if (yours === base[field] || yours === theirs) continue
    if (theirs !== base[field]) conflicts.push({ field, theirs, yours })
    Object.assign(result.draft, { [field]: yours })
  }
  return { work: result, conflicts }
}

const key = (call: string): string => `hotline.draft.${call}`

export function keep(call: string, work: Work): void {
  sessionStorage.setItem(key(call), JSON.stringify(work))
}

export function restore(call: string): Work {
  const kept = sessionStorage.getItem(key(call))
  if (kept === null) return emptyWork()
  const work = JSON.parse(kept) as Work
  return { ...work, draft: { ...EMPTY, ...work.draft } }
}
