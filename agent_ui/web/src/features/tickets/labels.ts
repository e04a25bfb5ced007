/** How tickets' words look. */

import type { TicketDraft, TicketPriority, TicketState, TicketType } from '@/api/types'

export const TYPES: TicketType[] = ['inquiry', 'complaint', 'suggestion', 'technical_support', 'callback']
export const PRIORITIES: TicketPriority[] = ['urgent', 'high', 'medium', 'low']
export const STATES: TicketState[] = ['pending_assignment', 'pending_acceptance', 'processing', 'pending_feedback', 'resolved', 'closed']

export const CHANNELS: TicketDraft['channel'][] = ['phone', 'voicemail', 'sms', 'email', 'chat', 'wechat', 'web', 'api', 'counter']

/** Where the words of a field's values stand; other fields say what somebody wrote. */
const WORDS: Record<string, string> = {
  type: 'ticket.types',
  priority: 'ticket.priorities',
  state: 'ticket.states',
  channel: 'facts.channels',
  severity: 'facts.severities',
  urgency: 'facts.urgencies',
}

/** The key of what a field is called. */
export const fieldKey = (field: string, isKnown: (key: string) => boolean): string =>
  [`ticket.${field}`, `facts.${field}`].find(isKnown) ?? field

/** The key of what a value is called; null where it is its own word. */
export const valueKey = (field: string, value: string): string | null =>
  WORDS[field] && value ? `${WORDS[field]}.${value}` : null

export type Tone = 'good' | 'soon' | 'bad' | 'accent' | 'grey'

const PRIORITY_TONES: Record<string, Tone> = { urgent: 'bad', high: 'soon' }

const STATE_TONES: Record<string, Tone> = {
  pending_assignment: 'soon',
  pending_acceptance: 'soon',
  processing: 'accent',
  pending_feedback: 'grey',
  resolved: 'good',
}

export const priorityTone = (priority: string): Tone => PRIORITY_TONES[priority] ?? 'grey'
export const stateTone = (state: string): Tone => STATE_TONES[state] ?? 'grey'
