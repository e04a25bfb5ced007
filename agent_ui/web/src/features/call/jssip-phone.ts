/** The `Phone` on JsSIP, the only file that knows the library. */

import { UA, WebSocketInterface } from 'jssip'
import type { RTCSession } from 'jssip/lib/RTCSession'
import type { IncomingRTCSessionEvent, OutgoingRTCSessionEvent } from 'jssip/lib/UA'

import type { PhoneGrant } from '@/api/types'
import type { Alarms } from '@/realtime/alarm'

import { hasAddress, needsRelay } from './ice'
import type { Phone, PhoneEvent } from './phone'

const KEEP_EVERY_MS = 5_000
/** Registers again after this share of the agreed time, so that one lost attempt costs nothing. */
const RENEW_AT_SHARE = 0.4
/** A relay that has not answered by then is taken for away: most agents are heard without it. */
const RELAY_WITHIN_MS = 1_000

/** The part of the library's transport that its types leave out. */
interface Transport {
  connect(): void
  disconnect(): void
}

export class JsSipPhone implements Phone {
  private ua: UA | null = null
  private grant: PhoneGrant | null = null
  private session: RTCSession | null = null
  private registeredAt = 0
  private stopKeeping: () => void = () => undefined

  constructor(
    private readonly emit: (event: PhoneEvent) => void,
    private readonly alarms: Alarms,
  ) {}

  start(grant: PhoneGrant): void {
    this.grant = grant
    const ua = new UA({
      sockets: [new WebSocketInterface(socketAddress(grant.socket))],
      uri: `sip:${grant.username}@${grant.realm}`,
      realm: grant.realm,
      ha1: grant.ha1,
      register_expires: grant.register_expires_s,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 4,
      user_agent: 'Hotline desk',
    })
    this.ua = ua
    ua.on('registered', () => {
      this.registeredAt = performance.now()
      this.emit({ type: 'registered' })
    })
    ua.on('disconnected', () => {
      if (ua === this.ua) this.emit({ type: 'line_lost' })
    })
    // Without a response the library's types still promise one.
    ua.on('registrationFailed', (event: { response?: { status_code: number } | null }) => {
      if (ua === this.ua) this.registrationFailed(event.response?.status_code)
    })
    ua.on('newRTCSession', (event: IncomingRTCSessionEvent | OutgoingRTCSessionEvent) => this.taken(event.session))
    ua.start()
    this.stopKeeping = this.alarms.every(KEEP_EVERY_MS, () => this.keep())
  }

  renew(grant: PhoneGrant): void {
    if (this.ua === null || grant.username !== this.grant?.username || grant.realm !== this.grant.realm) {
      this.vanish()
      this.start(grant)
      return
    }
    this.grant = grant
    this.ua.set('ha1', grant.ha1)
    if (this.ua.isConnected()) this.ua.register()
  }

  stop(): void {
    const ua = this.ua
    this.forget()
    ua?.stop()
  }

  vanish(): void {
    const connection = this.session?.connection
    const transport = this.transport()
    this.forget()
    connection?.close()
    transport?.disconnect()
  }

  answer(microphone: MediaStream): void {
    this.session?.answer({ mediaStream: microphone, pcConfig: { iceServers: this.grant?.ice_servers ?? [] } })
  }

  useMicrophone(microphone: MediaStream): void {
    const [track] = microphone.getAudioTracks()
    const senders = this.session?.connection?.getSenders() ?? []
    for (const sender of senders) void sender.replaceTrack(track ?? null)
  }

  drop(): void {
    if (this.session?.isEnded() === false) this.session.terminate()
  }

  hold(on: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const session = this.session
      const isSent = on ? session?.hold({}, resolve) : session?.unhold({}, resolve)
      if (isSent !== true) reject(new Error('the phone is busy with another change'))
    })
  }

  mute(on: boolean): void {
    if (on) this.session?.mute({ audio: true })
    else this.session?.unmute({ audio: true })
  }

  /** The library's own timers sleep in a hidden page; this one doesn't. */
  private keep(): void {
    if (this.ua === null || this.grant === null) return
    const age_s = (performance.now() - this.registeredAt) / 1000
    if (!this.ua.isConnected()) this.transport()?.connect()
    else if (age_s > this.grant.register_expires_s * RENEW_AT_SHARE) this.ua.register()
  }

  private registrationFailed(status: number | undefined): void {
    if (status === undefined) {
      // No answer at all: the socket is dead though it looks alive. A new one keeps the call.
      const transport = this.transport()
      transport?.disconnect()
      transport?.connect()
    } else {
      this.emit({ type: 'credentials_refused' })
    }
  }

  private taken(session: RTCSession): void {
    if (this.session !== null && this.session.connection?.connectionState === 'connected') {
      session.terminate({ status_code: 486 })
      return
    }
    this.session = session
    session.on('peerconnection', ({ peerconnection }) => this.watch(session, peerconnection))
    session.on('icecandidate', (event) => this.sendWhenReachable(session, event.ready))
    session.on('confirmed', () => this.emit({ type: 'answered' }))
    session.on('hold', (event) => event.originator === 'local' && this.emit({ type: 'held', on: true }))
    session.on('unhold', (event) => event.originator === 'local' && this.emit({ type: 'held', on: false }))
    session.on('muted', () => this.emit({ type: 'muted', on: true }))
    session.on('unmuted', () => this.emit({ type: 'muted', on: false }))
    session.on('ended', () => this.ended(session))
    session.on('failed', () => this.ended(session))
    this.emit({ type: 'ringing' })
  }

  /**
   * The first address is enough; waiting for the rest costs the caller a tenth of a second. But a switch that
   * finds no way to it gives up before it hears from the relay, unless that is named beside it.
   */
  private sendWhenReachable(session: RTCSession, send: () => void): void {
    const offers = (kind: 'any' | 'relay') => hasAddress(session.connection?.localDescription?.sdp ?? '', kind)
    const isRelayed = needsRelay(this.grant?.ice_servers)
    if (offers(isRelayed ? 'relay' : 'any')) send()
    else if (isRelayed) this.alarms.after(RELAY_WITHIN_MS, () => offers('any') && send())
  }

  private watch(session: RTCSession, connection: RTCPeerConnection): void {
    connection.addEventListener('track', (event) => {
      this.emit({ type: 'sound', stream: event.streams[0] ?? new MediaStream([event.track]) })
    })
    connection.addEventListener('connectionstatechange', () => {
      // Not ended here: a goodbye from this side would count as hanging up on the customer.
      if (session === this.session) this.emit({ type: 'sound_lost', on: connection.connectionState === 'failed' })
    })
  }

  private ended(session: RTCSession): void {
    if (session !== this.session) return
    this.session = null
    this.emit({ type: 'ended' })
  }

  private transport(): Transport | null {
    return (this.ua as unknown as { transport: Transport | null } | null)?.transport ?? null
  }

  private forget(): void {
    this.stopKeeping()
    this.ua = null
    this.grant = null
    this.session = null
  }
}

function socketAddress(path: string): string {
  if (/^wss?:/.test(path)) return path
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`
}
