import { computed, type ComputedRef } from 'vue'

import { useBoard } from '@/realtime/board'

import type { PhoneState } from './phone-state'
import { usePhone } from './store'

/** What the phone does for a caller of this person; who hears a colleague's conversation has none by it. */
export function useOwnCall(): ComputedRef<PhoneState['call']> {
  const board = useBoard()
  const phone = usePhone()
  return computed(() => (board.watch === null ? phone.state.call : 'none'))
}
