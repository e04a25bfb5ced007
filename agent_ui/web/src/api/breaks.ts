import { defineStore } from 'pinia'
import { ref } from 'vue'

import { request } from './http'
import type { BothLanguages, Break } from './types'

/** The site's breaks, and the places in them that are left for whoever is signed in. */
export const useBreaks = defineStore('breaks', () => {
  const breaks = ref<Break[]>([])

  /** Places come and go: asked for again whenever somebody is about to choose. */
  async function load(): Promise<void> {
    breaks.value = (await request<{ items: Break[] }>('GET', '/api/breaks')).items
  }

  /** What the site calls a break; nothing if the site has it no longer. */
  function nameOf(key: string): BothLanguages | undefined {
    return breaks.value.find((one) => one.key === key)?.name
  }

  return { breaks, load, nameOf }
})
