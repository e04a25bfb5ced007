import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'

import * as api from '@/api/calls'
import { isServerAway } from '@/api/http'
import { alarms } from '@/realtime/alarm'
import { useBoard } from '@/realtime/board'
import { PAGE_ID } from '@/realtime/page'

import { JsSipPhone } from './jssip-phone'
import { Line } from './line'
import type { Trouble } from './line'
import { Microphone, MicrophoneError } from './microphone'
import { bind, OFF, step } from './phone-state'
import type { PhoneState, PhoneStep } from './phone-state'
import { playRemoteSound } from './remote-sound'

/** The agent's phone on this page: joins the softphone with the server's board. */
export const usePhone = defineStore('phone', () => {
  const board = useBoard()
  const state = ref<PhoneState>(OFF)
  const trouble = ref<Trouble | null>(null)
  const bound = shallowRef<string | null>(null)
  const microphone = new Microphone()
  const line = new Line({
    page: PAGE_ID,
    claim: api.claimPhone,
    makePhone: (emit) => new JsSipPhone(emit, alarms()),
    microphone,
    locks: (navigator as { locks?: LockManager }).locks,
    alarms: alarms(),
    step: advance,
    trouble: (next) => (trouble.value = next),
  })

  /** Where calls ring. */
  const kind = computed(() => board.phone?.kind ?? 'browser')
  const isElsewhere = computed(() => kind.value !== 'browser')
  let isWanted = false

  /** The phone is on this page, or it is another one and stays so. */
  function settle(): void {
    if (isWanted) (isElsewhere.value ? line.retire : line.start).call(line)
  }

  function start(): void {
    isWanted = true
    settle()
  }

  /** Calls ring in this tab: taken from another one, or from another phone, which may have a call to end first. */
  async function takeOver(): Promise<void> {
    if (isElsewhere.value) await api.choosePhone(PAGE_ID, 'browser')
    else line.take()
  }

  function advance(event: PhoneStep): void {
    state.value = step(state.value, event)
    if (event.type === 'sound') playRemoteSound(event.stream)
    follow()
  }

  /** Whether the person has a caller, in whichever tab; the time after a call is not one. */
  const hasCaller = computed(
    () => state.value.call !== 'none' || (board.call !== null && board.call.phase !== 'wrap_up'),
  )

  /** Ends what the server ended, and answers what answers itself. */
  function follow(): void {
    const result = bind(bound.value, state.value.call, board.knowsCalls ? (board.watch ?? board.call) : undefined)
    bound.value = result.bound
    if (result.isOver) line.phone?.drop()
    else if (board.knowsCalls && answersItself()) void answer()
  }

  /** The agent's own caller who comes back, or a conversation that this supervisor wants to hear. */
  function answersItself(): boolean {
    if (board.watch !== null) return board.watch.phase === 'ringing'
    return board.call?.phase === 'ringing' && board.call.answers_itself
  }

  async function answer(): Promise<void> {
    if (line.phone === null || state.value.call !== 'ringing') return
    state.value = step(state.value, { type: 'answering' })
    try {
      line.phone.answer(await microphone.open())
    } catch (error) {
      if (!(error instanceof MicrophoneError)) throw error
      trouble.value = error.trouble
    }
  }

  async function refuse(): Promise<void> {
    if (board.call) await api.refuse(board.call.call_id)
  }

  /** Hanging up is the server's to do; only when it cannot be reached the phone does it. */
  async function hangUp(): Promise<void> {
    const call = board.call?.call_id
    try {
      if (call) await api.hangUp(call)
      else line.phone?.drop()
    } catch (error) {
      if (!isServerAway(error) || line.phone === null) throw error
      line.phone?.drop()
    }
  }

  async function toggleHold(): Promise<void> {
    if (state.value.call === 'talking') await line.phone?.hold(!state.value.isHeld)
  }

  function toggleMute(): void {
    if (state.value.call === 'talking') line.phone?.mute(!state.value.isMuted)
  }

  watch([() => board.call, () => board.watch, () => board.knowsCalls], follow)
  watch(isElsewhere, settle)
  watch(
    () => (board.isFresh && board.phone ? board.phone.owner_page : undefined),
    (owner) => {
      if (owner !== undefined && !isElsewhere.value) line.ownerIs(owner)
    },
  )

  return {
    state,
    trouble,
    hasCaller,
    kind,
    isElsewhere,
    start,
    retire: () => {
      isWanted = false
      line.retire()
    },
    stop: () => {
      isWanted = false
      line.stop()
    },
    takeOver,
    answer,
    refuse,
    hangUp,
    toggleHold,
    toggleMute,
  }
})
