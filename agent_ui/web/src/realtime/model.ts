/** What the server's board tells: keys and values that follow the world by themselves. */

import type { BothLanguages, CallBrief, CustomerBrief, TicketBrief, Why } from '@/api/types'

export type AgentState =
  | 'offline'
  | 'ready'
  | 'reserved'
  | 'ringing'
  | 'talking'
  | 'wrap_up'
  | 'on_break'
  | 'not_responding'

export interface MyState {
  state: AgentState
  since: string
  /** When wrap-up ends by itself. */
  until: string | null
  reason: string | null
  call_id: string | null
}

export interface PhoneOwner {
  owner_page: string | null
  device: string | null
  is_registered: boolean
}

export type CallPhase = 'ringing' | 'talking' | 'parked' | 'wrap_up'

export interface CurrentCall {
  call_id: string
  leg: string | null
  phase: CallPhase
  since: string
  until: string | null
  queue: string | null
  queue_name: BothLanguages | null
  waited_s: number | null
  number_shown: string
  customer: CustomerBrief | null
  last_calls: CallBrief[]
  open_tickets: TicketBrief[]
  why: Why | null
  answers_itself: boolean
  said_in_menu: string[]
}

export interface QueueFigures {
  id: string
  name: BothLanguages
  waiting: number
  longest_since: string | null
  /** Share of today's calls answered within `service_level_s`, 0 … 1; null before the first call. */
  service_level_today: number | null
  service_level_s?: number | null
  answered_today: number
  abandoned_today: number
  agents: Partial<Record<AgentState, number>>
}

export interface AgentFigures {
  id: string
  name: string
  number: string
  state: AgentState
  since: string
  call_id: string | null
}
