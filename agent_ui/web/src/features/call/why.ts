/** Why this call came to this agent, as one plain sentence. */

import type { Why } from '@/api/types'
import { duration } from '@/ui/time'

type Translate = (key: string, values?: Record<string, unknown>, plural?: number) => string

export function whySentence(why: Why, t: Translate): string {
  const held = Math.round(why.held_for_sticky_s ?? 0)
  const overtook = why.overtook ?? 0
  const reason =
    why.code === 'sticky' && held > 0
      ? t('why.sticky_held', { held: duration(held) })
      : why.code === 'longest_idle' && why.idle_s
        ? t('why.longest_idle_for', { idle: duration(why.idle_s) })
        : t(`why.${why.code}`)
  const ahead = overtook > 0 ? t('why.overtook', { count: overtook }, overtook) : ''
  return t('why.sentence', { reason: reason + ahead })
}
