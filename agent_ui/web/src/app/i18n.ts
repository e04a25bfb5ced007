import { createI18n } from 'vue-i18n'

import type { Language } from '@/api/types'

import en from './locales/en'
import zhCN from './locales/zh-CN'

const SETTING = 'hotline.language'

function known(language: string | null | undefined): Language | null {
  if (!language) return null
  if (language.toLowerCase().startsWith('zh')) return 'zh-CN'
  return language.toLowerCase().startsWith('en') ? 'en' : null
}

export const i18n = createI18n({
  legacy: false,
  locale: known(localStorage.getItem(SETTING)) ?? known(navigator.language) ?? 'zh-CN',
  fallbackLocale: 'en',
  messages: { 'zh-CN': zhCN, en },
})

function show(language: Language): void {
  i18n.global.locale.value = language
  document.documentElement.lang = language
}

/** What was chosen on this machine, or what the browser asks for, stays: the sign-in page was in it. */
export function adoptLanguage(language: string): void {
  const wanted = known(localStorage.getItem(SETTING)) ?? known(navigator.language) ?? known(language)
  if (wanted) show(wanted)
}

export function switchLanguage(): void {
  const next: Language = i18n.global.locale.value === 'zh-CN' ? 'en' : 'zh-CN'
  localStorage.setItem(SETTING, next)
  show(next)
}

show(i18n.global.locale.value as Language)
