/** Times as people read them. */

import { onScopeDispose, ref } from 'vue'
import type { Ref } from 'vue'

import { serverClockOffsetMs } from '@/api/http'

const now = ref(Date.now())
let watchers = 0
let timer: ReturnType<typeof setInterval> | undefined

/** The server's time, renewed each second while something shows it. */
export function useNow(): Ref<number> {
  watchers += 1
  if (watchers === 1) {
    now.value = Date.now() + serverClockOffsetMs()
    timer = setInterval(() => (now.value = Date.now() + serverClockOffsetMs()), 1000)
  }
  onScopeDispose(() => {
    watchers -= 1
    if (watchers === 0) clearInterval(timer)
  })
  return now
}

/** Seconds as 02:14, or 1:02:14 from an hour on. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const parts = [Math.floor((whole % 3600) / 60), whole % 60].map((part) => String(part).padStart(2, '0'))
  if (whole >= 3600) parts.unshift(String(Math.floor(whole / 3600)))
  return parts.join(':')
}

export function secondsSince(at: string, nowMs: number): number {
  return Math.max(0, (nowMs - Date.parse(at)) / 1000)
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** `5 分钟前`, `yesterday`; under a minute the words for now. */
export function relative(at: string, nowMs: number, language: string): string {
  const seconds = (Date.parse(at) - nowMs) / 1000
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return format.format(Math.round(seconds / length), unit)
  }
  return format.format(0, 'second')
}

export function exact(at: string, language: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium', timeZone }).format(new Date(at))
}

export function clockTime(at: string, language: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(language, { timeStyle: 'short', timeZone }).format(new Date(at))
}

const MINUTE_MS = 60_000

/** The first full minute at or after a moment, as a clock on the wall shows it: whoever comes then is not too early. */
export function clockTimeFrom(atMs: number, language: string, timeZone?: string): string {
  const minute = new Date(Math.ceil(atMs / MINUTE_MS) * MINUTE_MS)
  return clockTime(minute.toISOString(), language, timeZone)
}
