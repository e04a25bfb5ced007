/** What the server reads in a text while it is typed. */

import { onScopeDispose, ref, watch } from 'vue'
import type { Ref } from 'vue'

import { readText } from '@/api/tickets'
import type { Finding } from '@/api/types'

const PAUSE_MS = 600

/** The findings of what `text` gives, a moment after it was last changed. Without an answer there are none. */
export function useReading(text: () => string): { findings: Ref<Finding[]> } {
  const findings = ref<Finding[]>([])
  let timer: ReturnType<typeof setTimeout> | undefined
  let asked = 0

  async function read(said: string): Promise<void> {
    asked += 1
    const mine = asked
    const answer = said.trim() ? await readText(said).catch(() => ({ findings: [] })) : { findings: [] }
    // What was typed since has been asked for by another.
    if (mine === asked) findings.value = answer.findings
  }

  watch(
    text,
    (said) => {
      clearTimeout(timer)
      timer = setTimeout(() => void read(said), PAUSE_MS)
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))
  return { findings }
}
