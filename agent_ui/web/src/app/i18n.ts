import { createI18n } from 'vue-i18n'

import type { Language } from '@/api/types'

import en from './locales/en'
import zhCN from './locales/zh-CN'

function known(language: string | null | undefined): Language | null {
  if (!language) return null
  if (language.toLowerCase().startsWith('zh')) return 'zh-CN'
  return language.toLowerCase().startsWith('en') ? 'en' : null
}

export const i18n = createI18n({
  legacy: false,
  locale: known(navigator.language) ?? 'zh-CN',
  fallbackLocale: 'en',
  messages: { 'zh-CN': zhCN, en },
})

function show(language: Language): void {
  i18n.global.locale.value = language
  document.documentElement.lang = language
}

/** The account's language, whatever the browser asks for: several people may use one machine. */
export function adoptLanguage(ofAccount: string): void {
  const wanted = known(ofAccount)
  if (wanted) show(wanted)
}

/** The other language from now on; what is chosen so belongs into the account. */
export function switchLanguage(): Language {
  const next: Language = i18n.global.locale.value === 'zh-CN' ? 'en' : 'zh-CN'
  show(next)
  return next
}

show(i18n.global.locale.value as Language)
