/** What the softphone is doing, as a pure function of what happened to it. */

import type { PhoneEvent } from './phone'

export interface PhoneState {
  line: 'off' | 'connecting' | 'ready'
  call: 'none' | 'ringing' | 'answering' | 'talking'
  isHeld: boolean
  isMuted: boolean
  isSoundLost: boolean
}

export type PhoneStep = PhoneEvent | { type: 'starting' } | { type: 'stopped' } | { type: 'answering' }

const NO_CALL = { call: 'none', isHeld: false, isMuted: false, isSoundLost: false } as const

export const OFF: PhoneState = { line: 'off', ...NO_CALL }

/** A lost line doesn't end the call: its sound takes another way than its signalling. */
export function step(state: PhoneState, event: PhoneStep): PhoneState {
  switch (event.type) {
    case 'starting':
      return { ...state, line: 'connecting' }
    case 'stopped':
      return OFF
    case 'registered':
      return { ...state, line: 'ready' }
    case 'line_lost':
    case 'credentials_refused':
      return { ...state, line: 'connecting' }
    case 'ringing':
      return { ...state, ...NO_CALL, call: 'ringing' }
    case 'answering':
      return state.call === 'ringing' ? { ...state, call: 'answering' } : state
    case 'answered':
      return state.call === 'none' ? state : { ...state, call: 'talking' }
    case 'held':
      return state.call === 'talking' ? { ...state, isHeld: event.on } : state
    case 'muted':
      return state.call === 'talking' ? { ...state, isMuted: event.on } : state
    case 'sound_lost':
      return state.call === 'none' ? state : { ...state, isSoundLost: event.on }
    case 'sound':
      return state
    case 'ended':
      return { ...state, ...NO_CALL }
  }
}

/** In these the leg on the board is the phone's own call. */
const LIVE = new Set(['ringing', 'dialling', 'talking'])

/** The leg on the server's board, as far as it matters to the phone. */
export interface LegOnBoard {
  leg: string | null
  phase: string
}

/**
 * The leg that the phone's call belongs to, and whether the server has ended that leg. A board that doesn't
 * know (undefined: no link, or a server that has only just begun) ends nothing.
 */
export function bind(
  bound: string | null,
  call: PhoneState['call'],
  board: LegOnBoard | null | undefined,
): { bound: string | null; isOver: boolean } {
  if (call === 'none') return { bound: null, isOver: false }
  if (board === undefined) return { bound, isOver: false }
  const live = board !== null && LIVE.has(board.phase) ? board.leg : null
  if (bound !== null) return bound === live ? { bound, isOver: false } : { bound: null, isOver: true }
  // The phone often rings before the board tells of it, and the board may still show the leg before:
  // until both say the same, nothing is known and nothing ends.
  const isSame = call === 'talking' || board?.phase === 'ringing'
  return { bound: isSame ? live : null, isOver: false }
}
