/** Saving a ticket that somebody else may have saved meanwhile. */

import { ApiError } from '@/api/http'
import { changeTicket, createTicket, fetchTicket } from '@/api/tickets'
import type { NewTicket, TicketChange } from '@/api/tickets'
import type { Ticket, TicketDraft } from '@/api/types'

import { rebase } from './draft'
import type { Conflict, Work } from './draft'

/** The ticket as it is now, and the words on top of it; with conflicts, nothing is saved until they are decided. */
export interface Saved {
  isSaved: boolean
  ticket: Ticket
  work: Work
  conflicts: Conflict[]
}

/** What others changed comes with the answer; what was typed while it was on its way stays. */
function answered(work: Work, sent: TicketDraft, ticket: Ticket): Saved {
  const { id, number, version } = ticket
  return { isSaved: true, ticket, ...rebase({ draft: work.draft, saved: { id, number, version, draft: sent } }, ticket) }
}

export async function makeWork(work: Work, link: Pick<NewTicket, 'call_id' | 'customer_id'>): Promise<Saved> {
  const sent = { ...work.draft }
  return answered(work, sent, await createTicket({ ...sent, ...link }))
}

export async function saveWork(work: Work, saved: NonNullable<Work['saved']>, more: Partial<TicketChange>): Promise<Saved> {
  const sent = { ...work.draft }
  try {
    return answered(work, sent, await changeTicket(saved.id, { ...sent, ...more, version: saved.version }))
  } catch (failure) {
    if (!(failure instanceof ApiError) || failure.code !== 'stale_version') throw failure
    const ticket = await fetchTicket(saved.id)
    return { isSaved: false, ticket, ...rebase(work, ticket) }
  }
}
