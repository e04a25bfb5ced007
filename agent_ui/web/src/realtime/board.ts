import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { useSession } from '@/api/session'

import { alarms } from './alarm'
import type { Values } from './mirror'
import type { AgentFigures, CallRated, CurrentCall, DeadlineNotices, DeskPhone, FlowTraffic, LinesState, LiveTranscript, MyState, NodeTraffic, NotReached, PhoneOwner, QueueFigures, RecordingState, RoutingState, VoicesState, WatchedCall } from '@/api/types'
import { PAGE_ID } from './page'
import { EventSocket } from './socket'
import type { Link } from './socket'

function openSocket(): WebSocket {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  return new WebSocket(`${scheme}://${location.host}/api/events?page=${PAGE_ID}`)
}

/** All values whose key is `<kind>/<id>`, with the id joined in, in the order of the ids. */
function collect<Item extends { id: string }>(values: Values, kind: string): Item[] {
  return Object.entries(values)
    .filter(([key]) => key.startsWith(`${kind}/`))
    .map(([key, value]) => ({ ...(value as Item), id: key.slice(kind.length + 1) }))
    .sort((a, b) => a.id.localeCompare(b.id, undefined, { numeric: true }))
}

/** The server's board as this page sees it. */
export const useBoard = defineStore('board', () => {
  const link = ref<Link>('connecting')
  const values = shallowRef<Values>({})
  /** Whether the values are the server's of now; false until the first snapshot and while the link is lost. */
  const isFresh = computed(() => link.value === 'open')

  const events = new EventSocket({
    open: openSocket,
    alarms: alarms(),
    now: () => performance.now(),
    changed: (next) => (values.value = next),
    link: (next) => (link.value = next),
    sessionOver: () => useSession().forget(),
  })

  function start(): void {
    events.start()
  }

  function stop(): void {
    events.stop()
    values.value = {}
    link.value = 'connecting'
  }

  /** A server that has just begun doesn't know the calls yet: what isn't shown may well be alive. */
  const knowsCalls = computed(
    () => isFresh.value && (values.value['routing'] as RoutingState | undefined)?.knows_calls === true,
  )
  const me = computed(() => (values.value['me'] as MyState | undefined) ?? null)
  const phone = computed(() => (values.value['phone'] as PhoneOwner | undefined) ?? null)
  /** The agent's own desk phone, whether or not calls ring there. */
  const deskPhone = computed(() => (values.value['desk_phone'] as DeskPhone | undefined) ?? null)
  const call = computed(() => (values.value['call'] as CurrentCall | null | undefined) ?? null)
  /** The conversation of another agent that this supervisor hears. */
  const watch = computed(() => (values.value['watch'] as WatchedCall | null | undefined) ?? null)
  /** Whom this agent called last, where nobody was reached. */
  const notReached = computed(() => (values.value['not_reached'] as NotReached | null | undefined) ?? null)
  /** The latest call of this agent's that its caller has rated. */
  const rated = computed(() => (values.value['rated'] as CallRated | undefined) ?? null)
  /** How much of what this person was told of deadlines is new to them. */
  const newNotices = computed(() => (values.value['deadline_notices'] as DeadlineNotices | undefined)?.unseen ?? 0)
  /** Whether the agent's call is being recorded. */
  const recording = computed(() => (values.value['recording'] as RecordingState | undefined) ?? null)
  /** What was said in the agent's call, as it is said. */
  const transcript = computed(() => (values.value['transcript'] as LiveTranscript | undefined) ?? null)
  /** Until when no outside line can be had, as far as the server knows. */
  const noLineUntil = computed(() => (values.value['lines'] as LinesState | undefined)?.no_line_until ?? null)
  /** The voices that do not speak to callers. */
  const brokenVoices = computed(() => (values.value['voices'] as VoicesState | undefined)?.broken ?? [])
  const queues = computed(() => collect<QueueFigures>(values.value, 'queue'))
  /** The callers in a voice menu, at the nodes where anybody is or was today. */
  function flowTraffic(flow: string): NodeTraffic[] {
    return (values.value[`flow/${flow}`] as FlowTraffic | undefined)?.nodes ?? []
  }
  const agents = computed(() => collect<AgentFigures>(values.value, 'agent'))

  return { link, values, isFresh, knowsCalls, start, stop, me, phone, deskPhone, call, watch, notReached, rated, newNotices, recording, transcript, noLineUntil, flowTraffic, brokenVoices, queues, agents }
})
