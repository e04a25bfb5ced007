import { query, request } from './http'
import type { ImportReport, ListedCaller, NewListedCaller, Page } from './types'

export const fetchListed = (search: string, sort: string): Promise<Page<ListedCaller>> =>
  request('GET', `/api/caller-list${query({ search, sort })}`)
export const addListed = (wish: NewListedCaller): Promise<ListedCaller> => request('POST', '/api/caller-list', wish)
export const liftListed = (id: number): Promise<void> => request('DELETE', `/api/caller-list/${id}`)
export const confirmListed = (id: number): Promise<void> => request('POST', `/api/caller-list/${id}/confirm`)
export const importListed = (csv: string): Promise<ImportReport> => request('POST', '/api/caller-list/import', { csv })
