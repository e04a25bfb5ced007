import '@/ui/page.css'
import '@/ui/tokens.css'

import { createPinia } from 'pinia'
import { createApp } from 'vue'

import { onSignedOut } from '@/api/http'
import { useSession } from '@/api/session'
import AppRoot from '@/app/AppRoot.vue'
import { adoptLanguage, i18n } from '@/app/i18n'
import { makeRouter } from '@/app/router'
import { rememberSoundSetting } from '@/features/call/microphone'

async function start(): Promise<void> {
  rememberSoundSetting()
  const app = createApp(AppRoot)
  app.use(createPinia()).use(i18n)
  const session = useSession()
  onSignedOut(() => session.forget())
  // Without an answer one can still be asked to sign in; the sign-in then says what is wrong.
  await session.resume().catch(() => undefined)
  if (session.me) adoptLanguage(session.me.language)
  app.use(makeRouter()).mount('#app')
}

void start()
