import { afterEach, describe, expect, it, vi } from 'vitest'

import { isServerAway, request } from '@/api/http'

const failure = (): Promise<unknown> => request('POST', '/api/calls/c-1/hang-up').catch((error: unknown) => error)
const answer = (code: string): void =>
  void vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify({ code }), { status: 503 })))

describe('a server that is away', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('is known by no answer, and by the door that says it is starting', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('refused')))
    expect(isServerAway(await failure())).toBe(true)
    answer('starting')
    expect(isServerAway(await failure())).toBe(true)
  })

  it('is not one that refuses', async () => {
    answer('not_hung_up')
    expect(isServerAway(await failure())).toBe(false)
  })
})
