import { afterEach, describe, expect, it, vi } from 'vitest'

import { ApiError, request } from '@/api/http'

async function refusal(headers: Record<string, string>): Promise<ApiError> {
  const answer = new Response('{"code":"too_many_attempts","message":"wait"}', { status: 429, headers })
  vi.stubGlobal('fetch', () => Promise.resolve(answer))
  const error: unknown = await request('POST', '/api/session').catch((failure: unknown) => failure)
  if (!(error instanceof ApiError)) throw new Error('not refused')
  return error
}

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('a refusal', () => {
  it('tells when the same may be tried again', async () => {
    vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] })
    expect((await refusal({ 'retry-after': '42' })).retryAtMs).toBe(1_042_000)
  })

  it('tells no time where the server knows none', async () => {
    expect((await refusal({})).retryAtMs).toBeNull()
  })
})
