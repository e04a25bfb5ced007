import { describe, expect, it } from 'vitest'

import { hasAddress, needsRelay } from '@/features/call/ice'

const HEAD = 'v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n'
const HOST = 'a=candidate:1 1 udp 2113937151 192.168.77.2 48203 typ host generation 0\r\n'
const TCP = 'a=candidate:2 1 tcp 1518280447 192.168.77.2 9 typ host tcptype active\r\n'
const RELAY = 'a=candidate:3 1 UDP 33562623 10.98.0.1 46047 typ relay raddr 10.98.0.2 rport 48203\r\n'

describe('an answer', () => {
  it.each([
    [HEAD, false, false],
    [HEAD + TCP, false, false],
    [HEAD + TCP + HOST, true, false],
    [HEAD + HOST + RELAY, true, true],
  ])('%# holds an address that the switch can use', (description, any, relay) => {
    expect(hasAddress(description, 'any')).toBe(any)
    expect(hasAddress(description, 'relay')).toBe(relay)
  })

  it('waits for a relay only where there is a server for it', () => {
    const stun = { urls: 'stun:stun.example', username: '', credential: '' }
    expect(needsRelay(undefined)).toBe(false)
    expect(needsRelay([stun])).toBe(false)
    expect(needsRelay([stun, { ...stun, urls: 'turns:turn.example' }])).toBe(true)
  })
})
