import { query, request } from './http'
import type { ContactChannel, Deadline, DeadlineNotice } from './types'

export const fetchDeadlines = (ticket: number): Promise<{ items: Deadline[] }> =>
  request('GET', `/api/tickets/${ticket}/deadlines`)
export const logContact = (ticket: number, contact: { channel: ContactChannel; note: string }): Promise<{ items: Deadline[] }> =>
  request('POST', `/api/tickets/${ticket}/contacts`, contact)
export const fetchNotices = (filter: { new?: boolean; limit?: number }): Promise<{ items: DeadlineNotice[] }> =>
  request('GET', `/api/deadline-notices${query({ ...filter })}`)
export const noteSeen = (notice: number): Promise<void> => request('POST', `/api/deadline-notices/${notice}/seen`)
