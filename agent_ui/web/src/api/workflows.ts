import { query, request } from './http'
import type { TicketWorkflow } from './types'

interface StepEntries {
  version: number
  values: Record<string, string>
  checks: Record<string, boolean>
  visit_at?: string
}

export const fetchWorkflow = (ticket: number): Promise<TicketWorkflow> => request('GET', `/api/tickets/${ticket}/workflow`)
export const fillStep = (ticket: number, entries: StepEntries): Promise<TicketWorkflow> =>
  request('POST', `/api/tickets/${ticket}/workflow/entries`, entries)
export const takeStep = (ticket: number, step: { version: number; to: string; why?: string }): Promise<TicketWorkflow> =>
  request('POST', `/api/tickets/${ticket}/workflow/steps`, step)
export const fetchDiagram = (ticket: number, language: 'zh' | 'en'): Promise<{ svg: string }> =>
  request('GET', `/api/tickets/${ticket}/workflow/diagram${query({ language })}`)
