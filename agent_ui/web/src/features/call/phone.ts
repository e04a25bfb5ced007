/** The softphone as the desk needs it, whatever library is under it. It carries one call at a time. */

import type { PhoneGrant } from '@/api/types'

export type PhoneEvent =
  | { type: 'registered' }
  | { type: 'line_lost' }
  | { type: 'credentials_refused' }
  | { type: 'ringing' }
  | { type: 'answered' }
  | { type: 'held'; on: boolean }
  | { type: 'muted'; on: boolean }
  | { type: 'sound'; stream: MediaStream }
  | { type: 'sound_lost'; on: boolean }
  | { type: 'ended' }

export interface Phone {
  start(grant: PhoneGrant): void
  /** Takes newly minted credentials; a running call goes on. */
  renew(grant: PhoneGrant): void
  /** Signs the phone off in good order. Ends a running call for the customer too, so only without one. */
  stop(): void
  /** Lets go of everything without a word to the switch, so that the customer is kept for another page. */
  vanish(): void
  answer(microphone: MediaStream): void
  /** Goes on with another microphone. */
  useMicrophone(microphone: MediaStream): void
  /** Ends the call here and, if the switch still has it, there. */
  drop(): void
  hold(on: boolean): Promise<void>
  mute(on: boolean): void
}

export type PhoneFactory = (emit: (event: PhoneEvent) => void) => Phone
