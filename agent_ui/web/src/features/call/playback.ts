/** A recording with its words: what is said when, and what is found in it. Nothing here touches the page. */

import type { RecordingPause, Speech, Transcript } from '@/api/types'

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2] as const
export const STEP_S = 5
/** Two players that run beside each other are as good as together below this. */
export const APART_MAX_S = 0.08

/** The last speech that has begun by then; -1 before the first. */
export function speechAt(speeches: readonly Pick<Speech, 'start_s'>[], position: number): number {
  let low = 0
  let high = speeches.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((speeches[middle]?.start_s ?? 0) <= position) low = middle + 1
    else high = middle
  }
  return low - 1
}

const plain = (text: string): string => text.toLocaleLowerCase().replace(/\s+/g, ' ').trim()

/** Which speeches have the text; spaces, which recognisers put between Chinese words, count for nothing there. */
export function speechesWith(speeches: readonly Pick<Speech, 'text'>[], text: string): number[] {
  const wanted = plain(text)
  if (wanted === '') return []
  const tight = wanted.replace(/ /g, '')
  const found = (said: string): boolean => said.includes(wanted) || (/[\u3400-\u9fff]/.test(tight) && said.replace(/ /g, '').includes(tight))
  return speeches.flatMap((speech, index) => (found(plain(speech.text)) ? [index] : []))
}

/** A piece of a text; what was searched for is marked. */
export interface Piece {
  text: string
  isFound: boolean
}

const isBlank = (sign: string): boolean => /\s/.test(sign)

/** A text with what was searched for marked, whatever case, width and blanks: the server compares so too. */
export function pieces(text: string, wanted: string): Piece[] {
  const places: number[] = []
  let folded = ''
  let at = 0
  for (const sign of text) {
    const plainSign = isBlank(sign) ? '' : sign.normalize('NFKC').toLocaleLowerCase()
    places.push(...Array<number>(plainSign.length).fill(at))
    folded += plainSign
    at += sign.length
  }
  const sought = wanted.normalize('NFKC').toLocaleLowerCase().replace(/\s+/g, '')
  const found: Piece[] = []
  let done = 0
  for (let start = sought ? folded.indexOf(sought) : -1; start >= 0; start = folded.indexOf(sought, start + sought.length)) {
    const first = places[start] ?? 0
    const last = places[start + sought.length - 1] ?? first
    const until = last + ((text.codePointAt(last) ?? 0) > 0xffff ? 2 : 1)
    found.push({ text: text.slice(done, first), isFound: false }, { text: text.slice(first, until), isFound: true })
    done = until
  }
  return [...found, { text: text.slice(done), isFound: false }].filter((piece) => piece.text !== '')
}

/** The match after (or, backwards, before) the one that is shown; round and round. */
export function nextMatch(matches: readonly number[], current: number, by: 1 | -1): number {
  if (matches.length === 0) return -1
  return (current + by + matches.length) % matches.length
}

export function pauseAt(pauses: readonly RecordingPause[], position: number): RecordingPause | null {
  return pauses.find((pause) => pause.start_s <= position && position < pause.end_s) ?? null
}

/** The outline of one side as an SVG path: from the middle line up (customer) or down (agent). */
export function outline(peaks: readonly number[], height: number, direction: 1 | -1): string {
  if (peaks.length === 0) return ''
  const middle = height / 2
  const points = peaks.map((peak, index) => `${index} ${(middle - direction * (peak / 100) * (middle - 2)).toFixed(1)}`)
  return `M0 ${middle}L${points.join('L')}L${peaks.length - 1} ${middle}Z`
}

/** A speech or a pause, in the order of time: what a page lists. */
export type Line = { kind: 'speech'; index: number; at: number } | { kind: 'pause'; pause: RecordingPause; at: number }

export function lines(transcript: Pick<Transcript, 'segments'> | null, pauses: readonly RecordingPause[]): Line[] {
  const said: Line[] = (transcript?.segments ?? []).map((speech, index) => ({ kind: 'speech', index, at: speech.start_s }))
  const silent: Line[] = pauses.map((pause) => ({ kind: 'pause', pause, at: pause.start_s }))
  return [...said, ...silent].sort((one, other) => one.at - other.at)
}
