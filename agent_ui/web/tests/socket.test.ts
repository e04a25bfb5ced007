import { beforeEach, describe, expect, it } from 'vitest'

import type { ServerMessage, Values } from '@/realtime/mirror'
import { EventSocket } from '@/realtime/socket'
import type { Link } from '@/realtime/socket'

import { HandAlarms } from './alarms'

class FakeSocket {
  readyState = WebSocket.OPEN
  sent: unknown[] = []
  isClosed = false
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null

  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }

  close(): void {
    this.isClosed = true
  }

  says(message: ServerMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) })
  }
}

const SNAPSHOT: ServerMessage = { type: 'snapshot', version: 1, state: { call: null } }

describe('the event socket', () => {
  let alarms: HandAlarms
  let sockets: FakeSocket[]
  let links: Link[]
  let values: Values[]
  let over: number
  let events: EventSocket

  beforeEach(() => {
    alarms = new HandAlarms()
    sockets = []
    links = []
    values = []
    over = 0
    events = new EventSocket({
      open: () => {
        const socket = new FakeSocket()
        sockets.push(socket)
        return socket as unknown as WebSocket
      },
      alarms,
      now: () => alarms.now,
      changed: (next) => values.push(next),
      link: (link) => links.push(link),
      sessionOver: () => (over += 1),
    })
    events.start()
  })

  it('is open once the snapshot is here', () => {
    expect(links).toEqual(['connecting'])
    sockets[0]?.says(SNAPSHOT)
    expect(links).toEqual(['connecting', 'open'])
    expect(values).toEqual([{ call: null }])
  })

  it('pings every five seconds', () => {
    sockets[0]?.says(SNAPSHOT)
    alarms.advance(10_000)
    expect(sockets[0]?.sent).toEqual([{ type: 'ping' }, { type: 'ping' }])
  })

  it('asks once for a new snapshot when a version is lacking', () => {
    sockets[0]?.says(SNAPSHOT)
    sockets[0]?.says({ type: 'delta', version: 3, set: { call: { call_id: 'a' } } })
    sockets[0]?.says({ type: 'delta', version: 4, set: { call: { call_id: 'b' } } })
    expect(sockets[0]?.sent).toEqual([{ type: 'resync' }])
    sockets[0]?.says({ type: 'snapshot', version: 5, state: { call: { call_id: 'b' } } })
    expect(values.at(-1)).toEqual({ call: { call_id: 'b' } })
  })

  it('connects again with growing pauses, and soon after a success', () => {
    sockets[0]?.onclose?.({ code: 1006 })
    alarms.advance(500)
    expect(sockets).toHaveLength(2)
    sockets[1]?.onclose?.({ code: 1006 })
    alarms.advance(500)
    expect(sockets).toHaveLength(2)
    alarms.advance(500)
    expect(sockets).toHaveLength(3)
    sockets[2]?.says(SNAPSHOT)
    sockets[2]?.onclose?.({ code: 1006 })
    alarms.advance(500)
    expect(sockets).toHaveLength(4)
  })

  it('is lost until it is open, however often it is tried', () => {
    sockets[0]?.onclose?.({ code: 1006 })
    alarms.advance(500)
    sockets[1]?.onclose?.({ code: 1006 })
    alarms.advance(1_000)
    expect(new Set(links.slice(1))).toEqual(new Set(['lost']))
    sockets[2]?.says(SNAPSHOT)
    expect(links.at(-1)).toBe('open')
  })

  it('gives a silent connection up', () => {
    sockets[0]?.says(SNAPSHOT)
    alarms.advance(20_000)
    expect(sockets[0]?.isClosed).toBe(true)
    expect(sockets.length).toBeGreaterThan(1)
  })

  it('does not come back when the session is over', () => {
    sockets[0]?.onclose?.({ code: 4401 })
    alarms.advance(60_000)
    expect(over).toBe(1)
    expect(sockets).toHaveLength(1)
  })

  it('stays away once stopped', () => {
    events.stop()
    alarms.advance(60_000)
    expect(sockets).toHaveLength(1)
    expect(sockets[0]?.isClosed).toBe(true)
  })
})
