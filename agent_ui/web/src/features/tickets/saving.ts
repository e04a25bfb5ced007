/** Saving a ticket that somebody else may have saved meanwhile. */

import { ApiError } from '@/api/http'
import { changeTicket, fetchTicket } from '@/api/tickets'
import type { TicketChange } from '@/api/tickets'
import type { Ticket } from '@/api/types'

import { rebase } from './draft'
import type { Conflict, Work } from './draft'

/** Either the saved ticket, or what is to be decided before it can be saved. */
export type Saved = { ticket: Ticket } | { ticket: null; fresh: Ticket; work: Work; conflicts: Conflict[] }

export async function saveWork(work: Work, more: Partial<TicketChange>): Promise<Saved> {
  const { id, version } = work.saved ?? { id: 0, version: 0 }
  try {
    return { ticket: await changeTicket(id, { ...work.draft, ...more, version }) }
  } catch (failure) {
    if (!(failure instanceof ApiError) || failure.code !== 'stale_version') throw failure
    const fresh = await fetchTicket(id)
    return { ticket: null, fresh, ...rebase(work, fresh) }
  }
}
