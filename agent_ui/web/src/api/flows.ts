import { query, request } from './http'
import type { FlowCases, FlowDraft, FlowField, FlowLine, FlowLook, FlowTest, FlowVersion, TrialCall, WrittenFlow } from './types'

/** A step of an imagined call, as `hotline ivr try --json` tells it. */
export type TrialStep = { did: string; node?: string } & Record<string, unknown>

/** One more key for a menu. */
export interface NewOption {
  menu: string
  key: string
  to: string
  label: { zh?: string; en?: string }
}

const at = (name: string): string => `/api/site/flows/${encodeURIComponent(name)}`

export const fetchFlows = (): Promise<{ items: FlowLine[] }> => request('GET', '/api/site/flows')
export const fetchFlow = (name: string): Promise<WrittenFlow> => request('GET', at(name))
export const fetchVersions = (name: string): Promise<{ items: FlowVersion[] }> => request('GET', `${at(name)}/versions`)
export const fetchVersion = (name: string, number: number): Promise<{ text: string }> =>
  request('GET', `${at(name)}/versions/${number}`)
export const saveDraft = (name: string, text: string, revision: number, based_on: string): Promise<FlowDraft> =>
  request('PUT', `${at(name)}/draft`, { text, revision, based_on })
export const dropDraft = (name: string, revision: number): Promise<unknown> =>
  request('DELETE', `${at(name)}/draft${query({ revision: String(revision) })}`)
export const lookAt = (name: string, text: string, language: string): Promise<FlowLook> =>
  request('POST', `${at(name)}/check`, { text, language })
export const tryCall = (name: string, text: string, call: TrialCall): Promise<{ steps: TrialStep[] }> =>
  request('POST', `${at(name)}/try`, { text, ...call })
export const runCases = (name: string, text: string): Promise<{ cases: FlowTest[] }> =>
  request('POST', `${at(name)}/test`, { text })
export const fetchFields = (name: string, text: string, node: string): Promise<{ fields: FlowField[] }> =>
  request('POST', `${at(name)}/fields`, { text, node })
export const changeField = (
  name: string,
  text: string,
  path: FlowField['path'],
  value: FlowField['value'],
): Promise<{ text: string }> => request('PATCH', `${at(name)}/fields`, { text, path, value })
export const addOption = (name: string, text: string, option: NewOption): Promise<{ text: string }> =>
  request('POST', `${at(name)}/options`, { text, ...option })
export const fetchCases = (name: string): Promise<FlowCases> => request('GET', `${at(name)}/cases`)
export const saveCases = (name: string, text: string, digest: string): Promise<FlowCases> =>
  request('PUT', `${at(name)}/cases`, { text, digest })
export const publishDraft = (name: string, revision: number, comment: string): Promise<WrittenFlow> =>
  request('POST', `${at(name)}/publish`, { revision, comment })
export const rollBack = (name: string, number: number, comment: string): Promise<WrittenFlow> =>
  request('POST', `${at(name)}/rollback`, { number, comment })
