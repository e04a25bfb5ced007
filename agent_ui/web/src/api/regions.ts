import { defineStore } from 'pinia'
import { ref } from 'vue'

import { request } from './http'
import type { BothLanguages, Region } from './types'

/** The site's regions; they change so seldom that they are read when a page that shows them opens. */
export const useRegions = defineStore('regions', () => {
  const regions = ref<Region[]>([])

  /** Without the names regions are shown by their keys, so nobody is bothered when they cannot be had. */
  async function load(): Promise<void> {
    try {
      regions.value = (await request<{ items: Region[] }>('GET', '/api/regions')).items
    } catch {
      regions.value = []
    }
  }

  /** What the site calls a region; nothing for a place that somebody wrote, and for a region that is gone. */
  function nameOf(key: string): BothLanguages | undefined {
    return regions.value.find((one) => one.key === key)?.name
  }

  return { regions, load, nameOf }
})
