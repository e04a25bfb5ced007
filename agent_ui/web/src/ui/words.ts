import type { BothLanguages } from '@/api/types'

/** The words in the language that the pages are shown in; '' where there are none. */
export function inLanguage(words: BothLanguages | null | undefined, locale: string): string {
  return words?.[locale === 'zh-CN' ? 'zh' : 'en'] ?? ''
}
