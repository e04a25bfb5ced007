/** How a ringing call makes itself noticed: tone, title of the tab, and a notification when it is hidden. */

import { watch } from 'vue'
import { useI18n } from 'vue-i18n'

import { useBoard } from '@/realtime/board'
import { groupNumber } from '@/ui/number'

import { useOwnCall } from './own-call'
import { Ringtone } from './ringtone'

/** Asks once, at a moment when the person has just done something. */
export function askForNotifications(): void {
  if ('Notification' in window && Notification.permission === 'default') void Notification.requestPermission()
}

export function useRingSigns(): void {
  const { t } = useI18n()
  const board = useBoard()
  const ownCall = useOwnCall()
  const ringtone = new Ringtone()
  let plainTitle = ''
  let notification: Notification | null = null

  function ring(caller: string): void {
    ringtone.start()
    plainTitle = document.title
    document.title = t('call.title_ringing', { caller })
    if (document.hidden && 'Notification' in window && Notification.permission === 'granted') {
      notification = new Notification(t('call.notification', { caller }), { tag: 'hotline-call', icon: '/icon.svg' })
      notification.onclick = () => {
        window.focus()
        notification?.close()
      }
    }
  }

  function quiet(): void {
    ringtone.stop()
    notification?.close()
    notification = null
    if (plainTitle !== '') document.title = plainTitle
    plainTitle = ''
  }

  function caller(): string {
    const call = board.call
    return call?.customer?.name ?? (call?.number_shown ? groupNumber(call.number_shown) : t('call.unknown_caller'))
  }

  watch(
    () => ownCall.value === 'ringing',
    (isRinging) => (isRinging ? ring(caller()) : quiet()),
    { immediate: true },
  )
  // The phone may ring a moment before the board knows who it is.
  watch(
    () => board.call?.call_id,
    () => {
      if (ownCall.value === 'ringing') document.title = t('call.title_ringing', { caller: caller() })
    },
  )
}
