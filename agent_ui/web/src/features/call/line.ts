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
  microphone: Pick<Microphone, 'open' | 'listen' | 'close' | 'onLost' | 'onDevices'>
  locks: LockManager | undefined
  alarms: Alarms
  step: (step: PhoneStep) => void
  trouble: (trouble: Trouble | null) => void
}

export class Line {
  /** The softphone, while it is on this page. */
  phone: Phone | null = null
  private isWanted = false
  private isInCall = false
  private hasMicrophone = true
  private readonly ownership: Ownership
  private stopRetry: () => void = () => undefined

  constructor(private readonly options: LineOptions) {
    this.ownership = new Ownership(
      {
        gained: () => void this.bringUp(),
        waits: () => options.trouble('elsewhere'),
        lost: () => this.standAside(),
      },
      options.locks,
    )
    options.microphone.onLost = () => void this.replaceMicrophone()
    options.microphone.onDevices = () => {
      if (!this.hasMicrophone && this.ownership.isMine) void this.replaceMicrophone()
    }
  }

  start(): void {
    this.isWanted = true
    this.ownership.wait()
  }

  /** Gives the phone up as soon as no call runs on it. */
  retire(): void {
    this.isWanted = false
    if (!this.isInCall) this.stop()
  }

  /** Gives the phone up now. A running call is never ended by that: its customer is kept for someone else. */
  stop(): void {
    this.isWanted = false
    this.stopRetry()
    if (this.isInCall) this.phone?.vanish()
    else this.phone?.stop()
    this.shut()
    this.ownership.release()
    this.options.trouble(null)
  }

  /** Makes this tab the phone, wherever it was before; also the way out of every trouble. */
  take(): void {
    this.options.trouble(null)
    if (!this.ownership.isMine) this.ownership.take()
    else if (this.hasMicrophone) void this.bringUp()
    else void this.replaceMicrophone()
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
      await this.openMicrophone()
      const grant = await this.options.claim(this.options.page)
      if (!this.isWanted || !this.ownership.isMine) return
      this.options.trouble(null)
      this.useGrant(grant)
    } catch (error) {
      if (error instanceof MicrophoneError) this.withoutMicrophone(error.trouble)
      else if (error instanceof ApiError && error.code === 'rings_elsewhere') this.retire()
      else if (error instanceof ApiError) this.retry()
      else throw error
    }
  }

  private async openMicrophone(): Promise<MediaStream> {
    const microphone = await this.options.microphone.open()
    this.hasMicrophone = true
    this.options.microphone.listen(this.isInCall)
    return microphone
  }

  /** Goes on with the microphone that is there now, in a running call too. */
  private async replaceMicrophone(): Promise<void> {
    try {
      const microphone = await this.openMicrophone()
      if (this.phone === null) {
        await this.bringUp()
        return
      }
      this.options.trouble(null)
      this.phone.useMicrophone(microphone)
    } catch (error) {
      if (!(error instanceof MicrophoneError)) throw error
      this.withoutMicrophone(error.trouble)
    }
  }

  /** Without a microphone no new call may ring here; a running one at least goes on being heard. */
  private withoutMicrophone(trouble: MicrophoneTrouble): void {
    this.hasMicrophone = false
    this.options.trouble(trouble)
    if (this.isInCall || this.phone === null) return
    this.phone.stop()
    this.shut()
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
    if (event.type === 'answered' || event.type === 'ended') {
      this.isInCall = event.type === 'answered'
      this.options.microphone.listen(this.isInCall)
    }
    if (event.type === 'credentials_refused') this.retry()
    this.options.step(event)
    if (event.type === 'ended' && !this.isWanted) this.stop()
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
    this.isInCall = false
    this.options.microphone.close()
    this.options.step({ type: 'stopped' })
  }
}
