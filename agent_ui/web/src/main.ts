import '@/ui/page.css'
import '@/ui/tokens.css'

import { createPinia } from 'pinia'
import { createApp } from 'vue'

import { isServerAway, onSignedOut } from '@/api/http'
import { useSession } from '@/api/session'
import AppRoot from '@/app/AppRoot.vue'
import { adoptLanguage, i18n } from '@/app/i18n'
import { makeRouter } from '@/app/router'
import { rememberSoundSetting } from '@/features/call/microphone'

/** Opens the pages, or rejects: then index.html says so, and opens them again once the server answers. */
async function start(): Promise<void> {
  rememberSoundSetting()
  const app = createApp(AppRoot)
  app.use(createPinia()).use(i18n)
  const session = useSession()
  onSignedOut(() => session.forget())
  await session.resume().catch((error: unknown) => {
    if (isServerAway(error)) throw error
    // One can still be asked to sign in; the sign-in then says what is wrong.
  })
  if (session.me) adoptLanguage(session.me.language)
  const router = makeRouter()
  app.use(router)
  await router.isReady()
  app.mount('#app')
  sessionStorage.removeItem('hotline.tries')
}

void start()
