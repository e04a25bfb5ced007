/** Something fetched from the server: its value, whether it is on its way, and what went wrong. */

import { ref, shallowRef } from 'vue'
import type { Ref, ShallowRef } from 'vue'

export interface Loaded<Value> {
  value: ShallowRef<Value | null>
  isLoading: Ref<boolean>
  error: ShallowRef<unknown>
  load(): Promise<void>
}

/** Of several loads at once only the last one counts. */
export function useLoaded<Value>(fetch: () => Promise<Value>): Loaded<Value> {
  const value = shallowRef<Value | null>(null)
  const isLoading = ref(false)
  const error = shallowRef<unknown>(null)
  let latest = 0

  async function load(): Promise<void> {
    const mine = ++latest
    isLoading.value = true
    try {
      const fetched = await fetch()
      if (mine !== latest) return
      value.value = fetched
      error.value = null
    } catch (failure) {
      if (mine === latest) error.value = failure
    } finally {
      if (mine === latest) isLoading.value = false
    }
  }

  return { value, isLoading, error, load }
}
