/** What the server says and takes, as the pages use it. */

export type Role = 'agent' | 'supervisor' | 'admin'
export type Language = 'zh-CN' | 'en'
/** A text that a supervisor wrote in both languages. */
export interface BothLanguages {
  zh: string
  en: string
}

export interface Me {
  staff_id: number
  name: string
  display_name: string
  number: string
  roles: Role[]
  language: string
  timezone: string
}

export interface PhoneGrant {
  device: string
  username: string
  realm: string
  ha1: string
  socket: string
  register_expires_s: number
}

export type AgentStateWish = 'ready' | 'on_break' | 'offline'

export type TicketType = 'inquiry' | 'complaint' | 'suggestion' | 'technical_support' | 'callback'
export type TicketPriority = 'urgent' | 'high' | 'medium' | 'low'
export type TicketState = 'pending_assignment' | 'pending_acceptance' | 'processing' | 'resolved' | 'closed'

export interface CustomerBrief {
  id: number
  name: string
  level: string
}

export interface Customer extends CustomerBrief {
  numbers: string[]
  language: string | null
  note: string
}

export interface CallBrief {
  call_id: string
  at: string
  queue_name: BothLanguages | null
  agent_name: string | null
  outcome: string | null
  talked_s: number | null
  number_shown: string
  customer: CustomerBrief | null
  has_recording: boolean
}

export interface LegOfCall {
  leg: string
  agent_name: string | null
  started_at: string
  answered_at: string | null
  ended_at: string | null
  end_reason: string | null
}

export interface Call extends CallBrief {
  waited_s: number | null
  why: Why | null
  legs: LegOfCall[]
}

export interface Voicemail {
  seconds: number
  transcript: string | null
  transcript_state: 'pending' | 'done' | 'none'
}

export interface TicketBrief {
  id: number
  number: string
  type: TicketType
  priority: TicketPriority
  state: TicketState
  title: string
  customer: CustomerBrief | null
  owner: string | null
  created_at: string
  updated_at: string
}

export interface Ticket extends TicketBrief {
  description: string
  version: number
  calls: CallBrief[]
  voicemail: Voicemail | null
}

export interface TicketDraft {
  type: TicketType
  priority: TicketPriority
  title: string
  description: string
}

export interface Page<Item> {
  items: Item[]
  total: number
}

/** Why a call came to this agent: a code, and the figures of its sentence. */
export interface Why {
  code: 'sticky' | 'longest_idle' | 'only_candidate' | 'freed_and_first_in_line' | 'return_to_own_call' | 'adopted'
  boost_s?: number | null
  overtook?: number | null
  held_for_sticky_s?: number | null
  idle_s?: number | null
  candidates?: number | null
}
