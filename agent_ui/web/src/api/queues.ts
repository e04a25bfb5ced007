import { request } from './http'
import type { BoostWish, Waiting } from './types'

/** How many of those who wait are listed. */
export const LISTED_MAX = 50

export const fetchWaiting = (queue: string): Promise<{ items: Waiting[] }> =>
  request('GET', `/api/queues/${encodeURIComponent(queue)}/waiting?limit=${String(LISTED_MAX)}`)

/** In place of what supervisors gave it before. */
export const boostCall = (call: string, wish: BoostWish): Promise<void> =>
  request('POST', `/api/calls/${encodeURIComponent(call)}/boost`, wish)
