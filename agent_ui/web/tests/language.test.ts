import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { useSession } from '@/api/session'
import type * as i18n from '@/app/i18n'

async function pageOf(browser: string): Promise<typeof i18n> {
  vi.resetModules()
  vi.spyOn(navigator, 'language', 'get').mockReturnValue(browser)
  return await import('@/app/i18n')
}

const shown = (): string => document.documentElement.lang

beforeEach(() => {
  setActivePinia(createPinia())
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('the language of the pages', () => {
  it("is the browser's before anybody signed in, and Chinese where it asks for neither", async () => {
    await pageOf('en-GB')
    expect(shown()).toBe('en')
    await pageOf('de-DE')
    expect(shown()).toBe('zh-CN')
  })

  it("is the account's afterwards", async () => {
    const { adoptLanguage } = await pageOf('en-GB')
    adoptLanguage('zh')
    expect(shown()).toBe('zh-CN')
    adoptLanguage('en')
    expect(shown()).toBe('en')
  })

  it('is kept with the account when it is switched', async () => {
    const { switchLanguage } = await pageOf('zh-CN')
    const session = useSession()
    const answers: unknown[] = []
    vi.stubGlobal('fetch', (path: string, { method, body }: RequestInit) => {
      answers.push([method, path, body])
      return Promise.resolve(new Response(null, { status: 204 }))
    })
    await session.keepLanguage(switchLanguage())
    expect(shown()).toBe('en')
    await session.keepLanguage(switchLanguage())
    expect(answers).toEqual([
      ['PATCH', '/api/session', '{"language":"en"}'],
      ['PATCH', '/api/session', '{"language":"zh"}'],
    ])
  })
})
