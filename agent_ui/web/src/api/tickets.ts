import { query, request, upload } from './http'
import type { Attachment, Finding, NewNote, Page, Ticket, TicketDraft, TicketState, TicketSummary, TicketTimeline, TicketType } from './types'

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
const attachments = (id: number): string => `/api/tickets/${id}/attachments`
export const attachmentAddress = (id: number, key: string): string => `${attachments(id)}/${key}`
export const fetchAttachments = (id: number): Promise<{ items: Attachment[] }> => request('GET', attachments(id))
export const addAttachment = (id: number, key: string, file: File): Promise<{ items: Attachment[] }> =>
  upload(`${attachmentAddress(id, key)}${query({ name: file.name })}`, file)
export const removeAttachment = (id: number, key: string, why: string): Promise<{ items: Attachment[] }> =>
  request('DELETE', `${attachmentAddress(id, key)}${query({ why })}`)
export const readText = (text: string): Promise<{ findings: Finding[] }> =>
  request('POST', '/api/tickets/read', { text })
export const voicemailAddress = (id: number): string => `/api/tickets/${id}/voicemail`
