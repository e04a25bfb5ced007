import { query, request } from './http'
import type {
  AgentStateWish,
  Call,
  Callback,
  CallBrief,
  CallOrder,
  CallRecording,
  Colleague,
  ConsultStep,
  ConsultWish,
  DeskPhoneReport,
  Expert,
  FlowBrief,
  Hearing,
  MissedCaller,
  NewDeskPhone,
  Page,
  PhoneChoice,
  PhoneGrant,
  PhoneKind,
  RecordingPeaks,
  SpokenCall,
  Transcript,
  TransferWish,
} from './types'

export const claimPhone = (page: string): Promise<PhoneGrant> =>
  request('POST', '/api/phone', { page, kind: 'browser' })

/** Calls ring there from now on, or once the call in hand is over. */
export const choosePhone = (
  page: string,
  kind: PhoneKind,
  outside: Partial<Pick<PhoneChoice, 'number' | 'language'>> = {},
): Promise<void> => request('PUT', '/api/phone/choice', { page, kind, ...outside })
export const fetchDeskPhone = (): Promise<DeskPhoneReport> => request('GET', '/api/desk-phone')
export const makeDeskPhone = (isEncrypted: boolean): Promise<NewDeskPhone> =>
  request('POST', '/api/desk-phone', { is_encrypted: isEncrypted })
export const revokeDeskPhone = (): Promise<void> => request('DELETE', '/api/desk-phone')

export const setAgentState = (state: AgentStateWish, reason = ''): Promise<void> =>
  request('PUT', '/api/agent/state', { state, reason })
export const endWrapUp = (): Promise<void> => request('POST', '/api/agent/wrap-up/end')
export const extendWrapUp = (): Promise<void> => request('POST', '/api/agent/wrap-up/extend')

const path = (call: string): string => `/api/calls/${encodeURIComponent(call)}`

export const hangUp = (call: string): Promise<void> => request('POST', `${path(call)}/hang-up`)
export const refuse = (call: string): Promise<void> => request('POST', `${path(call)}/refuse`)
export const fetchColleagues = (): Promise<{ items: Colleague[] }> => request('GET', '/api/colleagues')
export const fetchExperts = (search: string): Promise<Page<Expert>> =>
  request('GET', `/api/experts${query({ search, limit: 20 })}`)
export const fetchFlows = (): Promise<{ items: FlowBrief[] }> => request('GET', '/api/flows')
export const transfer = (call: string, wish: TransferWish): Promise<void> =>
  request('POST', `${path(call)}/transfer`, wish)
export const consult = (call: string, wish: ConsultWish): Promise<void> =>
  request('POST', `${path(call)}/consultation`, wish)
export const goOn = (call: string, step: ConsultStep): Promise<void> =>
  request('PUT', `${path(call)}/consultation`, { step })
export const fetchCall = (call: string): Promise<Call> => request('GET', path(call))
export const fetchMyCalls = (limit: number): Promise<Page<CallBrief>> =>
  request('GET', `/api/calls${query({ mine: true, limit })}`)

/** An agent's own, a supervisor's all; the newest first. */
export const fetchCalls = (filter: { number?: string; before?: string; mine?: boolean; limit: number }): Promise<Page<CallBrief>> =>
  request('GET', `/api/calls${query(filter)}`)

/** Who is to be called: one of these. */
export type Whom = Partial<Pick<CallOrder, 'number' | 'customer_id' | 'ticket_id' | 'missed_call_id'>>
/** Rings one's own phone, and then theirs; a key that is sent twice is one call. */
export const placeCall = (whom: Whom, key: string): Promise<{ call_id: string }> =>
  request('POST', '/api/calls', { ...whom, key })

export const fetchMissedCallers = (): Promise<Page<MissedCaller>> => request('GET', '/api/missed-callers')
export const noteSeenTo = (call: string): Promise<void> =>
  request('POST', `/api/missed-callers/${encodeURIComponent(call)}/seen-to`)

export const fetchCallbacks = (): Promise<{ items: Callback[] }> => request('GET', '/api/callbacks')
/** Nobody calls this customer back any more. */
export const cancelCallback = (call: string): Promise<void> =>
  request('POST', `/api/callbacks/${encodeURIComponent(call)}/cancel`)

export const fetchRecording = (call: string): Promise<CallRecording> => request('GET', `${path(call)}/recording`)
export const fetchPeaks = (call: string, parts: number): Promise<RecordingPeaks> =>
  request('GET', `${path(call)}/peaks${query({ parts })}`)
export const fetchTranscript = (call: string): Promise<Transcript> => request('GET', `${path(call)}/transcript`)
/** Calls in which it was said since then, the newest first. */
export const searchSpoken = (text: string, since: string): Promise<Page<SpokenCall>> =>
  request('GET', `/api/transcripts${query({ text, since })}`)
export const tellHeard = (call: string, start: number, end: number): Promise<void> =>
  request('POST', `${path(call)}/heard`, { start_s: start, end_s: end })
export const fetchHearings = (call: string): Promise<{ items: Hearing[] }> => request('GET', `${path(call)}/hearings`)
export const pauseRecording = (call: string, isPaused: boolean): Promise<void> =>
  request('PUT', `${path(call)}/recording`, { is_paused: isPaused })
export const commentAddress = (call: string): string => `${path(call)}/comment`

export type Side = 'customer' | 'agent'
export const recordingAddress = (call: string, side: Side): string => `${path(call)}/recording/${side}`
