/** When a figure of the wall is good, soon bad, or bad. */

import type { AgentFigures } from '@/api/types'
import { secondsSince } from '@/ui/time'

export const WRAP_UP_LONG_S = 60

export type Tone = 'good' | 'soon' | 'bad'

/** The share of the limit that the longest waiting caller has used, at most 1. */
export function waitShare(waited_s: number, limit_s: number): number {
  return Math.min(1, waited_s / limit_s)
}

export function waitTone(waited_s: number, limit_s: number): Tone {
  if (waited_s >= limit_s) return 'bad'
  return waited_s >= limit_s * 0.6 ? 'soon' : 'good'
}

export function serviceTone(share: number): Tone {
  if (share >= 0.8) return 'good'
  return share >= 0.6 ? 'soon' : 'bad'
}

/** A wrap-up that drags on, or a break beyond its limit. */
export function isTooLong(agent: AgentFigures, nowMs: number): boolean {
  if (agent.state === 'on_break') return agent.until != null && nowMs > Date.parse(agent.until)
  return agent.state === 'wrap_up' && secondsSince(agent.since, nowMs) > WRAP_UP_LONG_S
}
