import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { effectScope } from 'vue'
import type { EffectScope } from 'vue'

import { useKey } from '@/ui/keys'

describe('keys of the desk', () => {
  let scope: EffectScope
  let answered = 0
  let held = 0

  beforeEach(() => {
    document.body.innerHTML = '<input id="title"><p id="text"></p><button id="button"></button>'
    answered = held = 0
    scope = effectScope()
    scope.run(() => {
      useKey('Enter', () => (answered += 1))
      useKey('Alt+H', () => (held += 1))
    })
  })
  afterEach(() => scope.stop())

  function press(target: string, init: KeyboardEventInit): void {
    document.querySelector(target)?.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...init }))
  }

  it('answer with Enter where nothing is typed', () => {
    press('#text', { key: 'Enter', code: 'Enter' })
    expect(answered).toBe(1)
  })

  it('leave Enter to a form that is being filled in, and to a button', () => {
    press('#title', { key: 'Enter', code: 'Enter' })
    press('#button', { key: 'Enter', code: 'Enter' })
    expect(answered).toBe(0)
  })

  it('with Alt work while one types, whatever letter the layout makes of it', () => {
    press('#title', { key: '˙', code: 'KeyH', altKey: true })
    expect(held).toBe(1)
  })

  it('act once however long they are held down', () => {
    press('#text', { key: 'Enter', code: 'Enter', repeat: true })
    expect(answered).toBe(0)
  })

  it('are gone with their component', () => {
    scope.stop()
    press('#text', { key: 'Enter', code: 'Enter' })
    expect(answered).toBe(0)
  })
})
