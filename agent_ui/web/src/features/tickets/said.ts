/** What the customer of a call has said, as far as this page heard it: the board keeps the newest sentences alone. */

import { ref, watch } from 'vue'
import type { Ref } from 'vue'

import { useBoard } from '@/realtime/board'

/** Of a long talk, the latest sentences. */
const SENTENCES_MAX = 100

export function useSaid(call: string): Ref<string> {
  const board = useBoard()
  const sentences = new Map<string, string>()
  const said = ref('')

  watch(
    () => board.transcript,
    (heard) => {
      if (heard?.call_id !== call) return
      for (const each of heard.segments) {
        if (each.side === 'customer') sentences.set(each.said_at, each.text)
      }
      said.value = [...sentences.values()].slice(-SENTENCES_MAX).join('\n')
    },
    { immediate: true },
  )
  return said
}
