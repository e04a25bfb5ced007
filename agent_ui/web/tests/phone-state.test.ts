import { describe, expect, it } from 'vitest'

import { bind, OFF, step } from '@/features/call/phone-state'
import type { PhoneState, PhoneStep } from '@/features/call/phone-state'

const after = (...steps: PhoneStep[]): PhoneState => steps.reduce(step, OFF)
const UP: PhoneStep[] = [{ type: 'starting' }, { type: 'registered' }]
const TALKING: PhoneStep[] = [...UP, { type: 'ringing' }, { type: 'answering' }, { type: 'answered' }]

describe('the softphone', () => {
  it('rings, connects and talks', () => {
    expect(after(...UP).line).toBe('ready')
    expect(after(...UP, { type: 'ringing' }).call).toBe('ringing')
    expect(after(...UP, { type: 'ringing' }, { type: 'answering' }).call).toBe('answering')
    expect(after(...TALKING).call).toBe('talking')
  })

  it('keeps the call when the line is lost', () => {
    const state = after(...TALKING, { type: 'line_lost' })
    expect(state).toMatchObject({ line: 'connecting', call: 'talking' })
    expect(step(state, { type: 'registered' })).toMatchObject({ line: 'ready', call: 'talking' })
  })

  it('forgets hold and mute with the call', () => {
    const state = after(...TALKING, { type: 'held', on: true }, { type: 'muted', on: true })
    expect(state).toMatchObject({ isHeld: true, isMuted: true })
    expect(step(state, { type: 'ended' })).toMatchObject({ call: 'none', isHeld: false, isMuted: false })
  })

  it('cannot be answered unless it rings', () => {
    expect(after(...UP, { type: 'answering' }).call).toBe('none')
    expect(after(...UP, { type: 'answered' }).call).toBe('none')
  })

  it('is off after it was stopped, whatever it did', () => {
    expect(after(...TALKING, { type: 'stopped' })).toEqual(OFF)
  })
})

describe('the leg that the phone belongs to', () => {
  it('is learnt when board and phone say the same', () => {
    expect(bind(null, 'ringing', null)).toEqual({ bound: null, isOver: false })
    expect(bind(null, 'ringing', { leg: 'leg-a-1', phase: 'ringing' })).toEqual({ bound: 'leg-a-1', isOver: false })
    expect(bind(null, 'talking', { leg: 'leg-a-1', phase: 'talking' })).toEqual({ bound: 'leg-a-1', isOver: false })
  })

  it('is not taken from a board that still shows the leg before', () => {
    expect(bind(null, 'ringing', { leg: 'leg-a-1', phase: 'talking' })).toEqual({ bound: null, isOver: false })
  })

  it('goes on while the phone of a customer rings whom one calls', () => {
    expect(bind('leg-a-1', 'talking', { leg: 'leg-a-1', phase: 'dialling' })).toEqual({ bound: 'leg-a-1', isOver: false })
  })

  it('is over when the server says so, without a word from the switch', () => {
    expect(bind('leg-a-1', 'talking', null).isOver).toBe(true)
    expect(bind('leg-a-1', 'talking', { leg: 'leg-a-1', phase: 'wrap_up' }).isOver).toBe(true)
    expect(bind('leg-a-1', 'talking', { leg: 'leg-a-2', phase: 'ringing' }).isOver).toBe(true)
  })

  it('goes on while nothing changes', () => {
    expect(bind('leg-a-1', 'talking', { leg: 'leg-a-1', phase: 'talking' })).toEqual({ bound: 'leg-a-1', isOver: false })
  })

  it('ends nothing while the server does not know the calls yet', () => {
    expect(bind('leg-a-1', 'talking', undefined)).toEqual({ bound: 'leg-a-1', isOver: false })
  })

  it('ends with the phone’s call', () => {
    expect(bind('leg-a-1', 'none', { leg: 'leg-a-1', phase: 'talking' })).toEqual({ bound: null, isOver: false })
  })
})
