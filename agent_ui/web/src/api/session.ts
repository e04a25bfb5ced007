import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import { ApiError, request } from './http'
import type { Language, Me, OwnChange } from './types'

/** Who is signed in on this page. */
export const useSession = defineStore('session', () => {
  const me = ref<Me | null>(null)
  const isSupervisor = computed(() => me.value?.roles.some((role) => role !== 'agent') ?? false)
  const isAgent = computed(() => me.value?.roles.includes('agent') ?? false)

  /** Asks the server once at start; a missing session is not an error. */
  async function resume(): Promise<void> {
    try {
      me.value = await request<Me>('GET', '/api/session')
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error
      me.value = null
    }
  }

  async function signIn(name: string, password: string): Promise<void> {
    me.value = await request<Me>('POST', '/api/session', { name, password })
  }

  /** The pages' language is kept with the account, so that it is there on every machine. */
  async function keepLanguage(language: Language): Promise<void> {
    const kept: OwnChange = { language: language === 'en' ? 'en' : 'zh' }
    await request('PATCH', '/api/session', kept)
    if (me.value) me.value = { ...me.value, ...kept }
  }

  async function signOut(): Promise<void> {
    await request('DELETE', '/api/session')
    forget()
  }

  function forget(): void {
    me.value = null
  }

  return { me, isSupervisor, isAgent, resume, signIn, keepLanguage, signOut, forget }
})
