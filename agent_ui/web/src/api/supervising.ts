import { request } from './http'
import type { AgentStateWish, WatchMode } from './types'

const call = (id: string): string => `/api/calls/${encodeURIComponent(id)}`

export const watchCall = (id: string, mode: WatchMode): Promise<void> => request('PUT', `${call(id)}/watch`, { mode })
export const stopWatching = (): Promise<void> => request('DELETE', '/api/watch')
export const takeOver = (id: string): Promise<void> => request('POST', `${call(id)}/take-over`)
export const setStateOf = (agent: string, state: AgentStateWish, reason: string): Promise<void> =>
  request('PUT', `/api/agents/${encodeURIComponent(agent)}/state`, { state, reason })

/** Yes or no to the agents of other queues who are proposed to help, or do. */
export const answerHelp = (queue: string, helps: boolean): Promise<void> =>
  request('PUT', `/api/queues/${encodeURIComponent(queue)}/help`, { helps })

export const moveTo = (id: string, queue: string): Promise<void> => request('PUT', `${call(id)}/queue`, { queue })
