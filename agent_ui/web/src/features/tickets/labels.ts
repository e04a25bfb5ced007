/** How tickets' words look. */

import type { TicketPriority, TicketState, TicketType } from '@/api/types'

export const TYPES: TicketType[] = ['inquiry', 'complaint', 'suggestion', 'technical_support', 'callback']
export const PRIORITIES: TicketPriority[] = ['urgent', 'high', 'medium', 'low']
export const STATES: TicketState[] = ['pending_assignment', 'pending_acceptance', 'processing', 'resolved', 'closed']

export type Tone = 'good' | 'soon' | 'bad' | 'accent' | 'grey'

export const PRIORITY_TONES: Record<TicketPriority, Tone> = { urgent: 'bad', high: 'soon', medium: 'grey', low: 'grey' }

export const STATE_TONES: Record<TicketState, Tone> = {
  pending_assignment: 'soon',
  pending_acceptance: 'soon',
  processing: 'accent',
  resolved: 'good',
  closed: 'grey',
}
