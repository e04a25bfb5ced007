import { beforeEach, describe, expect, it } from 'vitest'

import { ApiError } from '@/api/http'
import type { PhoneGrant } from '@/api/types'
import { Line } from '@/features/call/line'
import type { Trouble } from '@/features/call/line'
import { MicrophoneError } from '@/features/call/microphone'
import type { Microphone } from '@/features/call/microphone'
import type { Phone, PhoneEvent } from '@/features/call/phone'
import { OFF, step } from '@/features/call/phone-state'
import type { PhoneState } from '@/features/call/phone-state'

import { HandAlarms } from './alarms'
import { FakeLocks } from './locks'

const grant = (ha1: string): PhoneGrant => ({
  device: 'd-1',
  username: 'd-1',
  realm: 'hotline',
  ha1,
  socket: '/sip',
  register_expires_s: 60,
  ice_servers: [],
})
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

/** One tab with all that its phone stands on. */
class Tab {
  did: string[] = []
  state: PhoneState = OFF
  trouble: Trouble | null = null
  microphoneProblem: MicrophoneError | null = null
  microphone!: Pick<Microphone, 'open' | 'listen' | 'close' | 'onLost' | 'onDevices'>
  claims = 0
  claimProblem: ApiError | null = null
  emit: (event: PhoneEvent) => void = () => undefined
  readonly alarms = new HandAlarms()
  readonly line: Line

  constructor(
    readonly page: string,
    locks: FakeLocks,
  ) {
    this.line = new Line({
      page,
      claim: () => {
        this.claims += 1
        return this.claimProblem ? Promise.reject(this.claimProblem) : Promise.resolve(grant(`ha1-${this.claims}`))
      },
      makePhone: (emit) => {
        this.emit = emit
        return this.phone()
      },
      microphone: (this.microphone = {
        open: () =>
          this.microphoneProblem ? Promise.reject(this.microphoneProblem) : Promise.resolve({} as MediaStream),
        listen: (on) => {
          if (on) this.did.push('microphone on')
        },
        close: () => this.did.push('microphone closed'),
        onLost: () => undefined,
        onDevices: () => undefined,
      }),
      locks: locks.manager,
      alarms: this.alarms,
      step: (event) => (this.state = step(this.state, event)),
      trouble: (trouble) => (this.trouble = trouble),
    })
  }

  private phone(): Phone {
    const note = (what: string) => (): void => void this.did.push(what)
    return {
      start: (with_) => this.did.push(`start ${with_.ha1}`),
      renew: (with_) => this.did.push(`renew ${with_.ha1}`),
      stop: note('stop'),
      vanish: note('vanish'),
      answer: note('answer'),
      useMicrophone: note('other microphone'),
      drop: note('drop'),
      hold: () => Promise.resolve(),
      mute: note('mute'),
    }
  }
}

describe('the phone of a tab', () => {
  let locks: FakeLocks
  let tab: Tab

  beforeEach(() => {
    locks = new FakeLocks()
    tab = new Tab('one', locks)
  })

  it('comes up with microphone and fresh credentials', async () => {
    tab.line.start()
    await settled()
    expect(tab.trouble).toBeNull()
    expect(tab.did).toEqual(['start ha1-1'])
    tab.emit({ type: 'registered' })
    expect(tab.state.line).toBe('ready')
  })

  it('is not offered to callers without a microphone, says so, and comes up once it is allowed', async () => {
    tab.microphoneProblem = new MicrophoneError('microphone_refused')
    tab.line.start()
    await settled()
    expect(tab.trouble).toBe('microphone_refused')
    expect(tab.claims).toBe(0)
    tab.microphoneProblem = null
    tab.line.take()
    await settled()
    expect(tab.trouble).toBeNull()
    expect(tab.did).toContain('start ha1-1')
  })

  it('tries again while the server is away', async () => {
    tab.claimProblem = new ApiError(0, 'unreachable', '')
    tab.line.start()
    await settled()
    expect(tab.trouble).toBe('server_unreachable')
    tab.claimProblem = null
    tab.alarms.advance(3_000)
    await settled()
    expect(tab.trouble).toBeNull()
    expect(tab.did).toEqual(['start ha1-2'])
  })

  it('renews refused credentials without ending a call', async () => {
    tab.line.start()
    await settled()
    tab.emit({ type: 'ringing' })
    tab.emit({ type: 'answered' })
    tab.emit({ type: 'credentials_refused' })
    tab.alarms.advance(3_000)
    await settled()
    expect(tab.did).toEqual(['start ha1-1', 'microphone on', 'microphone on', 'renew ha1-2'])
    expect(tab.state.call).toBe('talking')
  })

  it('takes no calls while the headset is unplugged, and comes back with it', async () => {
    tab.line.start()
    await settled()
    tab.microphoneProblem = new MicrophoneError('microphone_missing')
    tab.microphone.onLost()
    await settled()
    expect(tab.did).toEqual(['start ha1-1', 'stop', 'microphone closed'])
    expect(tab.trouble).toBe('microphone_missing')
    tab.microphoneProblem = null
    tab.microphone.onDevices()
    await settled()
    expect(tab.did.at(-1)).toBe('start ha1-2')
    expect(tab.trouble).toBeNull()
  })

  it('goes on with another microphone when one is unplugged in a call', async () => {
    tab.line.start()
    await settled()
    tab.emit({ type: 'ringing' })
    tab.emit({ type: 'answered' })
    tab.microphone.onLost()
    await settled()
    expect(tab.did).toEqual(['start ha1-1', 'microphone on', 'microphone on', 'other microphone'])
    expect(tab.state.call).toBe('talking')
  })

  it('is never the end of a call when the session is over: the page vanishes, and the caller is kept', async () => {
    tab.line.start()
    await settled()
    tab.emit({ type: 'ringing' })
    tab.emit({ type: 'answered' })
    tab.line.stop()
    expect(tab.did).toContain('vanish')
    expect(tab.did).not.toContain('stop')
    expect(tab.state).toEqual(OFF)
  })

  it('finishes a running call before it is given up for another role', async () => {
    tab.line.start()
    await settled()
    tab.emit({ type: 'ringing' })
    tab.emit({ type: 'answered' })
    tab.line.retire()
    expect(tab.state.call).toBe('talking')
    tab.emit({ type: 'ended' })
    expect(tab.did.slice(-2)).toEqual(['stop', 'microphone closed'])
    expect(tab.did).not.toContain('vanish')
    expect(tab.state).toEqual(OFF)
  })

  it('is given up for another role at once when no call runs', async () => {
    tab.line.start()
    await settled()
    tab.line.retire()
    expect(tab.did).toContain('stop')
  })

  it('belongs to one tab; another may take it, and the first lets go silently', async () => {
    const other = new Tab('two', locks)
    tab.line.start()
    await settled()
    other.line.start()
    await settled()
    expect(other.did).toEqual([])
    expect(other.trouble).toBe('elsewhere')
    other.line.take()
    await settled()
    expect(other.did).toEqual(['start ha1-1'])
    expect(tab.did).toEqual(['start ha1-1', 'vanish', 'microphone closed'])
    expect(tab.trouble).toBe('elsewhere')
    expect(other.trouble).toBeNull()
  })

  it('is inherited by a waiting tab when its own signs out', async () => {
    const other = new Tab('two', locks)
    tab.line.start()
    await settled()
    other.line.start()
    tab.line.stop()
    await settled()
    expect(tab.did).toContain('stop')
    expect(other.did).toEqual(['start ha1-1'])
    expect(other.trouble).toBeNull()
  })

  it('stands aside when the server names another page, and claims again when it names none', async () => {
    tab.line.start()
    await settled()
    tab.line.ownerIs('one')
    expect(tab.did).toEqual(['start ha1-1'])
    tab.line.ownerIs(null)
    await settled()
    expect(tab.did).toEqual(['start ha1-1', 'renew ha1-2'])
    tab.line.ownerIs('elsewhere')
    expect(tab.state).toEqual(OFF)
    expect(tab.trouble).toBe('elsewhere')
  })
})
