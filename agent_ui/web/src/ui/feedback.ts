/** Short messages: what went wrong and what was done. */

import { ElMessage } from 'element-plus'
import { useI18n } from 'vue-i18n'

import { ApiError, isServerAway } from '@/api/http'

export interface Feedback {
  /** The sentence for an error; the server says its own in the language of the page. */
  sentence(error: unknown): string
  say(text: string): void
  /** Does it, and shows the error if it fails. True when all went well. */
  attempt(work: () => Promise<unknown> | undefined): Promise<boolean>
}

export function useFeedback(): Feedback {
  const { t } = useI18n()

  function sentence(error: unknown): string {
    if (!(error instanceof ApiError)) return t('error.unknown')
    if (isServerAway(error)) return t('error.unreachable')
    return error.message || t('error.unknown')
  }

  function say(text: string): void {
    ElMessage({ message: text, type: 'success', grouping: true, duration: 2500 })
  }

  async function attempt(work: () => Promise<unknown> | undefined): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      ElMessage({ message: sentence(error), type: 'error', grouping: true, duration: 5000 })
      return false
    }
  }

  return { sentence, say, attempt }
}
