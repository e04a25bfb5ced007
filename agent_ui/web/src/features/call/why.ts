/** Why a call came to its agent, as one plain sentence. */

import type { Left, Offer, Why } from '@/api/types'
import { duration } from '@/ui/time'

type Translate = (key: string, values?: Record<string, unknown>, plural?: number) => string

/** What a region is called; its key where it has no name. */
type RegionName = (key: string) => string

/** `why` speaks to the agent who has the call, `why_agent` of the agent to others. */
export function whySentence(
  why: Why,
  t: Translate,
  words: 'why' | 'why_agent' = 'why',
  regionName: RegionName = (key) => key,
): string {
  const held = Math.round(why.held_for_sticky_s ?? 0)
  const lostWait = why.lost_wait_s ?? 0
  // Who is ahead by the wait that was lost alone is no priority customer.
  const overtook = (why.boost_s ?? 0) > lostWait || lostWait === 0 ? (why.overtook ?? 0) : 0
  const reason =
    why.code === 'sticky' && held > 0
      ? t(`${words}.sticky_held`, { held: duration(held) })
      : why.code === 'longest_idle' && why.idle_s
        ? t(`${words}.longest_idle_for`, { idle: duration(why.idle_s) })
        : why.code === 'region'
          ? nearest(why, t, words, regionName)
          : t(`${words}.${why.code}`)
  const ahead = overtook > 0 ? t('why.overtook', { count: overtook }, overtook) : ''
  const givenBack = lostWait > 0 ? t('why.lost_wait', { time: duration(lostWait) }) : ''
  const relaxed = why.is_relaxed ? t('why.relaxed') : ''
  const helping = why.is_help ? t(`${words}.helping`) : ''
  return t(`${words}.sentence`, { reason: reason + ahead + givenBack + relaxed + helping })
}

/** Whose branch was asked, and how it is known where the caller is at home. */
function nearest(why: Why, t: Translate, words: string, regionName: RegionName): string {
  if (!why.region) return t(`${words}.region_unknown`)
  const by = why.region_by ? t(`why.region_by.${why.region_by}`) : ''
  return t(`${words}.region_${why.branch ?? 'other'}`, { region: regionName(why.region) + by })
}

/** What else decided, each in a few words: credit, the agent whom the caller knows, skills, who came later and why. */
export function offerFacts(offer: Offer | Left, t: Translate): string[] {
  const { boosts, own_agent: own, needs } = offer
  const credit = boosts.map((boost) => {
    const what = boost.seconds === null ? t('waiting.first_of_all') : `+${duration(boost.seconds)}`
    return `${t(`waiting.source.${boost.source}`)} ${what}`
  })
  const skills = Object.entries(needs).map(([skill, level]) => `${skill} ${String(level)}`)
  return [
    ...credit,
    ...(own ? [t('offer.own_agent', { name: own.name })] : []),
    ...(skills.length > 0 ? [t('offer.needs', { skills: skills.join(', ') })] : []),
    ...offer.passed_over.map((one) => t(`offer.passed.${one.reason}`, { name: one.agent.name })),
  ]
}

/** Why nobody had served a caller when they left the queue. */
export function leftSentence(left: Left, t: Translate, queueName: string): string {
  const name = (left.why === 'ringing' ? left.offered_to : left.held_for)?.name ?? ''
  const skills = Object.entries(left.needs).map(([skill, level]) => `${skill} ${String(level)}`)
  return t('left.sentence', { queue: queueName, why: t(`left.${left.why}`, { name, skills: skills.join(', ') }) })
}
