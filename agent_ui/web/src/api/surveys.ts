import { query, request } from './http'
import type { Survey, SurveyFigure } from './types'

export type Grouping = 'all' | 'agent' | 'department' | 'type'

/** Surveys that were first sent on these days. */
export interface Days {
  since: string
  days: number
}

export interface SurveyFilter extends Days {
  agent?: number | undefined
  department?: string | undefined
  type?: string | undefined
  overall_max?: number | undefined
  limit?: number
  offset?: number
}

export const fetchSurveyFigures = (wanted: Days & { by: Grouping }): Promise<{ items: SurveyFigure[] }> =>
  request('GET', `/api/survey-figures${query({ ...wanted })}`)
export const fetchSurveys = (wanted: SurveyFilter): Promise<{ items: Survey[]; total: number }> =>
  request('GET', `/api/surveys${query({ ...wanted })}`)
export const fetchSurveysOf = (ticket: number): Promise<{ items: Survey[]; total: number }> =>
  request('GET', `/api/tickets/${ticket}/surveys`)
export const askCustomer = (ticket: number, wish: { key: string; why: string }): Promise<void> =>
  request('POST', `/api/tickets/${ticket}/surveys`, wish)
