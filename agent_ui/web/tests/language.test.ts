import { afterEach, describe, expect, it, vi } from 'vitest'

async function languageAfterSignIn(browser: string, account: string, chosen?: string): Promise<string> {
  vi.resetModules()
  localStorage.clear()
  if (chosen) localStorage.setItem('hotline.language', chosen)
  vi.spyOn(navigator, 'language', 'get').mockReturnValue(browser)
  const { adoptLanguage } = await import('@/app/i18n')
  adoptLanguage(account)
  return document.documentElement.lang
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the language after signing in', () => {
  it('is the one that the sign-in page was in', async () => {
    expect(await languageAfterSignIn('en-GB', 'zh')).toBe('en')
    expect(await languageAfterSignIn('zh-CN', 'en')).toBe('zh-CN')
  })

  it('is what was chosen on this machine, whatever the browser asks for', async () => {
    expect(await languageAfterSignIn('en-GB', 'en', 'zh-CN')).toBe('zh-CN')
  })

  it("is the account's where the browser asks for neither", async () => {
    expect(await languageAfterSignIn('de-DE', 'en')).toBe('en')
  })
})
