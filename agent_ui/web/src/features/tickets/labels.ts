/** How tickets' words look. */

import type { TicketPriority, TicketState, TicketType } from '@/api/types'

export const TYPES: TicketType[] = ['inquiry', 'complaint', 'suggestion', 'technical_support', 'callback']
export const PRIORITIES: TicketPriority[] = ['urgent', 'high', 'medium', 'low']
export const STATES: TicketState[] = ['pending_assignment', 'pending_acceptance', 'processing', 'pending_feedback', 'resolved', 'closed']

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
