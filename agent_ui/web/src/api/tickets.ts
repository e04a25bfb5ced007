import { query, request } from './http'
import type { Finding, NewNote, Page, Ticket, TicketDraft, TicketState, TicketSummary, TicketTimeline, TicketType } from './types'

export interface TicketQuery {
  state?: TicketState | ''
  type?: TicketType | ''
  mine?: boolean
  overdue?: boolean
  search?: string
  sort?: string
  limit?: number
  offset?: number
}

export type NewTicket = TicketDraft & { customer_id?: number | null; call_id?: string | null }
export type TicketChange = Partial<TicketDraft> & { version: number; state?: TicketState; customer_id?: number }

export const fetchTickets = (filter: TicketQuery): Promise<Page<TicketSummary>> =>
  request('GET', `/api/tickets${query({ ...filter })}`)
export const fetchTicket = (id: number): Promise<Ticket> => request('GET', `/api/tickets/${id}`)
export const createTicket = (ticket: NewTicket): Promise<Ticket> => request('POST', '/api/tickets', ticket)
export const changeTicket = (id: number, change: TicketChange): Promise<Ticket> =>
  request('PATCH', `/api/tickets/${id}`, change)
export const fetchTimeline = (id: number): Promise<TicketTimeline> => request('GET', `/api/tickets/${id}/timeline`)
export const addNote = (id: number, note: Pick<NewNote, 'key' | 'text'>): Promise<TicketTimeline> =>
  request('POST', `/api/tickets/${id}/notes`, note)
export const readText = (text: string): Promise<{ findings: Finding[] }> =>
  request('POST', '/api/tickets/read', { text })
export const voicemailAddress = (id: number): string => `/api/tickets/${id}/voicemail`
