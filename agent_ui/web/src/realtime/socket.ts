/** The event socket: connects, pings, notices silence, and connects again with growing pauses. */

import type { Alarms } from './alarm'
import { follow } from './mirror'
import type { Mirror, ServerMessage, Values } from './mirror'

/** `lost` stays until the server's board is here again: attempts in between are no news to anyone. */
export type Link = 'connecting' | 'open' | 'lost'

const PING_EVERY_MS = 5_000
/** Without a word from the server for this long, the connection is dead although the socket says otherwise. */
const SILENCE_MAX_MS = 12_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 8_000
/** The server's close code for: sign in again. */
const SESSION_OVER = 4401

export interface EventsOptions {
  open: () => WebSocket
  alarms: Alarms
  now: () => number
  changed: (values: Values) => void
  link: (link: Link) => void
  sessionOver: () => void
}

export class EventSocket {
  private socket: WebSocket | null = null
  private mirror: Mirror | null = null
  private heardAt = 0
  private failures = 0
  private stops: (() => void)[] = []
  private stopped = true

  constructor(private readonly options: EventsOptions) {}

  start(): void {
    if (!this.stopped) return
    this.stopped = false
    this.options.link('connecting')
    this.stops.push(this.options.alarms.every(PING_EVERY_MS, () => this.ping()))
    this.connect()
  }

  stop(): void {
    this.stopped = true
    this.stops.forEach((stop) => stop())
    this.stops = []
    this.drop()
    this.mirror = null
  }

  private connect(): void {
    const socket = this.options.open()
    this.socket = socket
    this.heardAt = this.options.now()
    this.mirror = null
    socket.onmessage = (event: MessageEvent<string>) => this.heard(JSON.parse(event.data) as ServerMessage)
    socket.onclose = (event: CloseEvent) => {
      if (event.code !== SESSION_OVER) {
        this.lost()
        return
      }
      this.stop()
      this.options.sessionOver()
    }
  }

  private heard(message: ServerMessage): void {
    this.heardAt = this.options.now()
    const next = follow(this.mirror, message)
    if (next === 'missed') {
      // Asked once; what comes before the new snapshot is of no use.
      if (this.mirror !== null) this.socket?.send(JSON.stringify({ type: 'resync' }))
      this.mirror = null
      return
    }
    if (message.type === 'snapshot') {
      this.failures = 0
      this.options.link('open')
    }
    if (next === null || next === this.mirror) return
    this.mirror = next
    this.options.changed(next.values)
  }

  private ping(): void {
    if (this.socket === null) return
    if (this.options.now() - this.heardAt > SILENCE_MAX_MS) this.lost()
    else if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type: 'ping' }))
  }

  private lost(): void {
    this.drop()
    if (this.stopped) return
    this.options.link('lost')
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.failures, LONGEST_PAUSE_MS)
    this.failures += 1
    const stop = this.options.alarms.after(pause, () => {
      this.stops = this.stops.filter((other) => other !== stop)
      if (!this.stopped && this.socket === null) this.connect()
    })
    this.stops.push(stop)
  }

  private drop(): void {
    const socket = this.socket
    this.socket = null
    if (socket === null) return
    socket.onmessage = socket.onclose = null
    socket.close()
  }
}
