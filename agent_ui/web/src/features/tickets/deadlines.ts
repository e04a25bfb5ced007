/** How deadlines are told. */

import type { Deadline } from '@/api/types'

import type { Tone } from './labels'

export type Standing = 'running' | 'overdue' | 'paused' | 'met' | 'missed'

/** How a deadline stands at a moment; what the server said is older than a page that stays open. */
export function standing(deadline: Deadline, nowMs: number): Standing {
  if (deadline.ended_at) return deadline.is_overdue ? 'missed' : 'met'
  if (deadline.is_paused) return 'paused'
  return isPast(deadline.due_at, nowMs) ? 'overdue' : 'running'
}

export function isPast(at: string | null, nowMs: number): boolean {
  return at !== null && Date.parse(at) < nowMs
}

const TONES: Record<Standing, Tone> = { running: 'accent', overdue: 'bad', paused: 'grey', met: 'good', missed: 'bad' }

export const standingTone = (how: Standing): Tone => TONES[how]

/** Business time in whole hours and minutes. */
export function hoursAndMinutes(seconds: number): { h: number; m: number } {
  const minutes = Math.floor(Math.abs(seconds) / 60)
  return { h: Math.floor(minutes / 60), m: minutes % 60 }
}
