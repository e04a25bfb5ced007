/** Why a call waits, as one plain sentence and what goes with it. */

import type { BoostWish, Waiting } from '@/api/types'
import { duration } from '@/ui/time'

type Translate = (key: string, values?: Record<string, unknown>) => string

/** As much as the server takes. */
const BOOST_MAX_S = 86_400

/** Who is out of reach and why, most of them first; `ready` agents are being matched as one reads. */
const COUNTED = ['busy', 'wrap_up', 'on_break', 'not_responding', 'lacks_skill'] as const

/** What has to change first before the call has an agent. */
export function waitingSentence(waiting: Waiting, t: Translate): string {
  const name = (waiting.why === 'ringing' ? waiting.offered_to : waiting.held_for)?.name ?? ''
  const left = waiting.is_let_go_in_s
  if (waiting.why === 'held_for_own_agent' && left !== null)
    return t('waiting.held_for_own_agent_until', { name, time: duration(left) })
  return t(`waiting.${waiting.why}`, { name, skills: skills(waiting.needs) })
}

/** What else is to be known, each in a few words. */
export function waitingFacts(waiting: Waiting, t: Translate, queueName: (id: string) => string): string[] {
  const time = (key: string, seconds: number | null): string[] =>
    seconds === null ? [] : [t(`waiting.${key}`, { time: duration(seconds) })]
  const asksLess = Object.keys(waiting.needs).length > 0 ? time('asks_less', waiting.asks_less_in_s) : []
  const reached = waiting.reached.map(queueName)
  return [
    ...time('expected', waiting.expected_s),
    ...COUNTED.flatMap((reason) => {
      const count = waiting.agents[reason] ?? 0
      return count > 0 ? [t(`waiting.agents.${reason}`, { count })] : []
    }),
    ...waiting.passed_over
      .filter((one) => ['refused', 'timed_out', 'unreachable'].includes(one.reason))
      .map((one) => t(`waiting.passed.${one.reason}`, { name: one.agent.name })),
    ...asksLess,
    ...(reached.length > 0 ? [t('waiting.reached', { queues: reached.join(t('common.and')) })] : []),
    ...time('leaves', waiting.leaves_in_s),
  ]
}

/** What the call is credited with in all: `+05:00`, or that it goes before all; '' for nothing. */
export function creditOf(waiting: Waiting, t: Translate): string {
  if (waiting.boosts.some((boost) => boost.seconds === null)) return t('waiting.first_of_all')
  return waiting.boost_s > 0 ? `+${duration(waiting.boost_s)}` : ''
}

/** For whom the credit is, part by part. */
export function creditParts(waiting: Waiting, t: Translate): string {
  const parts = waiting.boosts.map((boost) => {
    const what = boost.seconds === null ? t('waiting.first_of_all') : `+${duration(boost.seconds)}`
    return `${t(`waiting.source.${boost.source}`)} ${what}`
  })
  return parts.join(t('common.and'))
}

/** What supervisors have given the call so far: nothing, seconds, or `first` of all. */
export function pulledForward(waiting: Waiting): number | 'first' | null {
  const own = waiting.boosts.find((boost) => boost.source === 'supervisor')
  return own === undefined ? null : (own.seconds ?? 'first')
}

/** The wish that pulls the call so much further forward than it is. */
export function furtherForward(waiting: Waiting, seconds: number): BoostWish {
  const before = pulledForward(waiting)
  return { seconds: Math.min(seconds + (typeof before === 'number' ? before : 0), BOOST_MAX_S), strict: false }
}

function skills(needs: Record<string, number>): string {
  return Object.entries(needs)
    .map(([skill, level]) => `${skill} ${String(level)}`)
    .join(', ')
}
