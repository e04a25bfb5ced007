/** Unsaved text of a ticket: kept in the tab, so that a reload in a call loses nothing. */

import type { Ticket, TicketDraft } from '@/api/types'

export interface Work {
  draft: TicketDraft
  /** What these words were last saved as. */
  saved: { id: number; number: string; version: number; draft: TicketDraft } | null
}

const EMPTY: TicketDraft = { type: 'inquiry', priority: 'medium', title: '', description: '' }

export function emptyWork(): Work {
  return { draft: { ...EMPTY }, saved: null }
}

export function workOf(ticket: Ticket): Work {
  const { id, number, version, type, priority, title, description } = ticket
  const draft = { type, priority, title, description }
  return { draft: { ...draft }, saved: { id, number, version, draft } }
}

export function isDirty(work: Work): boolean {
  const clean = work.saved?.draft ?? EMPTY
  return (Object.keys(EMPTY) as (keyof TicketDraft)[]).some((field) => work.draft[field] !== clean[field])
}

const key = (call: string): string => `hotline.draft.${call}`

export function keep(call: string, work: Work): void {
  sessionStorage.setItem(key(call), JSON.stringify(work))
}

export function restore(call: string): Work {
  const kept = sessionStorage.getItem(key(call))
  return kept === null ? emptyWork() : (JSON.parse(kept) as Work)
}
