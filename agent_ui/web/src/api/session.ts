import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import { ApiError, request } from './http'
import type { Me } from './types'

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

  async function signOut(): Promise<void> {
    await request('DELETE', '/api/session')
    forget()
  }

  function forget(): void {
    me.value = null
  }

  return { me, isSupervisor, isAgent, resume, signIn, signOut, forget }
})
