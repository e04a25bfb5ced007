/** Keys of the desk. Those with Alt work while one types; the plain ones only when one doesn't. */

import { onScopeDispose } from 'vue'

/** As `Alt+H`, `Enter`, `?`. */
export type Key = string

const INTERACTIVE = 'a[href], button, input, textarea, select, [contenteditable="true"], [role="menuitem"], [role="option"]'
const bindings = new Map<Key, () => void>()

export function keyOf(event: KeyboardEvent): Key {
  if (event.ctrlKey || event.metaKey) return ''
  if (event.altKey) return `Alt+${event.code.replace(/^Key/, '')}`
  return event.key
}

const TEXT = 'input, textarea, select, [contenteditable="true"]'

/** Whether the person is writing: then nothing may take the cursor away. */
export function isTyping(): boolean {
  return document.activeElement?.matches(TEXT) ?? false
}

/** Whether a plain key belongs to what has the focus instead of to the desk. */
function isTaken(event: KeyboardEvent): boolean {
  return event.target instanceof Element && event.target.closest(INTERACTIVE) !== null
}

function pressed(event: KeyboardEvent): void {
  const key = keyOf(event)
  const act = bindings.get(key)
  if (act === undefined || event.repeat || event.isComposing) return
  if (!event.altKey && isTaken(event)) return
  event.preventDefault()
  act()
}

/** Binds the key as long as the component lives. */
export function useKey(key: Key, act: () => void): void {
  if (bindings.size === 0) document.addEventListener('keydown', pressed)
  bindings.set(key, act)
  onScopeDispose(() => {
    if (bindings.get(key) === act) bindings.delete(key)
    if (bindings.size === 0) document.removeEventListener('keydown', pressed)
  })
}
