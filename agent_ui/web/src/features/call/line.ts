/** Brings the phone up on this page and keeps it there: tab, microphone, credentials, registration. */

import { ApiError } from '@/api/http'
import type { PhoneGrant } from '@/api/types'
import type { Alarms } from '@/realtime/alarm'

import { MicrophoneError } from './microphone'
import type { Microphone, MicrophoneTrouble } from './microphone'
import { Ownership } from './ownership'
import type { Phone, PhoneEvent, PhoneFactory } from './phone'
import type { PhoneStep } from './phone-state'

const RETRY_MS = 3_000

export type Trouble = MicrophoneTrouble | 'elsewhere' | 'server_unreachable'

export interface LineOptions {
  page: string
  claim: (page: string) => Promise<PhoneGrant>
  makePhone: PhoneFactory
  microphone: Pick<Microphone, 'open' | 'listen' | 'close'>
  locks: LockManager | undefined
  alarms: Alarms
  step: (step: PhoneStep) => void
  trouble: (trouble: Trouble | null) => void
}

export class Line {
  /** The softphone, while it is on this page. */
  phone: Phone | null = null
  private isWanted = false
  private readonly ownership: Ownership
  private stopRetry: () => void = () => undefined

  constructor(private readonly options: LineOptions) {
    this.ownership = new Ownership(
      { gained: () => void this.bringUp(), lost: () => this.standAside() },
      options.locks,
    )
  }

  start(): void {
    this.isWanted = true
    this.ownership.wait()
  }

  stop(): void {
    this.isWanted = false
    this.stopRetry()
    this.phone?.stop()
    this.shut()
    this.ownership.release()
    this.options.trouble(null)
  }

  /** Makes this tab the phone, wherever it was before; also the way out of every trouble. */
  take(): void {
    this.options.trouble(null)
    if (this.ownership.isMine) void this.bringUp()
    else this.ownership.take()
  }

  /** Follows what the server says about the page that owns the phone. */
  ownerIs(page: string | null): void {
    if (page === this.options.page || this.phone === null) return
    if (page === null) void this.bringUp()
    else this.standAside()
  }

  private async bringUp(): Promise<void> {
    this.stopRetry()
    if (!this.isWanted || !this.ownership.isMine) return
    try {
      await this.options.microphone.open()
      const grant = await this.options.claim(this.options.page)
      if (!this.isWanted || !this.ownership.isMine) return
      this.options.trouble(null)
      this.useGrant(grant)
    } catch (error) {
      if (error instanceof MicrophoneError) this.options.trouble(error.trouble)
      else if (error instanceof ApiError) this.retry()
      else throw error
    }
  }

  private useGrant(grant: PhoneGrant): void {
    if (this.phone !== null) {
      this.phone.renew(grant)
      return
    }
    this.phone = this.options.makePhone((event) => this.heard(event))
    this.options.step({ type: 'starting' })
    this.phone.start(grant)
  }

  private heard(event: PhoneEvent): void {
    if (event.type === 'answered') this.options.microphone.listen(true)
    if (event.type === 'ended') this.options.microphone.listen(false)
    if (event.type === 'credentials_refused') this.retry()
    this.options.step(event)
  }

  private retry(): void {
    if (this.phone === null) this.options.trouble('server_unreachable')
    this.stopRetry()
    this.stopRetry = this.options.alarms.after(RETRY_MS, () => void this.bringUp())
  }

  private standAside(): void {
    this.stopRetry()
    this.phone?.vanish()
    this.shut()
    this.options.trouble('elsewhere')
  }

  private shut(): void {
    this.phone = null
    this.options.microphone.close()
    this.options.step({ type: 'stopped' })
  }
}
