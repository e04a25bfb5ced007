/** One flow as somebody writes it: its text, the draft behind it, and what the check says. */

import { computed, onUnmounted, ref, shallowRef, watch } from 'vue'
import type { Ref, ShallowRef } from 'vue'
import { useI18n } from 'vue-i18n'

import { dropDraft, fetchFlow, lookAt, publishDraft, rollBack, saveDraft } from '@/api/flows'
import { ApiError } from '@/api/http'
import type { FlowDiagram, FlowProblem, WrittenFlow } from '@/api/types'

const CHECK_PAUSE_MS = 500
const SAVE_PAUSE_MS = 1500

/** What somebody else wrote, to be put together with one's own. */
export interface Conflict {
  kind: 'draft' | 'file'
  text: string
  revision: number
  basedOn: string
}

export interface FlowDesk {
  flow: ShallowRef<WrittenFlow | null>
  text: Ref<string>
  problems: ShallowRef<FlowProblem[]>
  diagram: ShallowRef<FlowDiagram | null>
  isChecking: Ref<boolean>
  isSaving: Ref<boolean>
  isSaved: Ref<boolean>
  isDraft: Ref<boolean>
  error: ShallowRef<unknown>
  conflict: ShallowRef<Conflict | null>
  load(): Promise<void>
  save(): Promise<boolean>
  settle(text: string): Promise<boolean>
  drop(): Promise<void>
  publish(comment: string): Promise<WrittenFlow>
  bringBack(number: number, comment: string): Promise<WrittenFlow>
}

/** The other side of a refusal that says that somebody else wrote meanwhile. */
export function conflictOf(error: unknown, revision: number, basedOn: string): Conflict | null {
  if (!(error instanceof ApiError)) return null
  const details = error.details as { text?: string | null; revision?: number; digest?: string }
  const text = details.text ?? ''
  if (error.code === 'draft_changed') return { kind: 'draft', text, revision: details.revision ?? 0, basedOn }
  if (error.code === 'flow_changed') return { kind: 'file', text, revision, basedOn: details.digest ?? '' }
  return null
}

export function useFlowDesk(name: string): FlowDesk {
  const { locale } = useI18n()
  const flow = shallowRef<WrittenFlow | null>(null)
  const text = ref('')
  const kept = ref('')
  const problems = shallowRef<FlowProblem[]>([])
  const diagram = shallowRef<FlowDiagram | null>(null)
  const isChecking = ref(false)
  const isSaving = ref(false)
  const error = shallowRef<unknown>(null)
  const conflict = shallowRef<Conflict | null>(null)
  const isSaved = computed(() => text.value === kept.value)
  const isDraft = computed(() => flow.value?.draft != null || !isSaved.value)
  let revision = 0
  let basedOn = ''
  let underWay: Promise<void> | null = null
  let checking: ReturnType<typeof setTimeout> | undefined
  let saving: ReturnType<typeof setTimeout> | undefined

  function take(found: WrittenFlow): void {
    flow.value = found
    revision = found.draft?.revision ?? 0
    basedOn = found.draft?.based_on ?? found.digest
    text.value = kept.value = found.draft?.text ?? found.text ?? ''
  }

  async function load(): Promise<void> {
    try {
      take(await fetchFlow(name))
      error.value = null
    } catch (failure) {
      if (!(failure instanceof ApiError && failure.code === 'no_such_flow')) error.value = failure
      else flow.value = { name, text: null, digest: '', version: null, draft: null }
    }
    await check()
  }

  async function check(): Promise<void> {
    const looked = text.value
    isChecking.value = true
    try {
      const found = await lookAt(name, looked, locale.value === 'en' ? 'en' : 'zh')
      if (looked !== text.value) return
      problems.value = found.problems
      // While something is wrong the last good diagram stays, as a map of what is being changed.
      diagram.value = found.diagram ?? diagram.value
    } catch {
      // The next change asks again.
    } finally {
      isChecking.value = false
    }
  }

  async function send(): Promise<void> {
    const written = text.value
    const draft = await saveDraft(name, written, revision, basedOn)
    revision = draft.revision
    kept.value = written
    if (flow.value) flow.value = { ...flow.value, draft }
  }

  async function save(): Promise<boolean> {
    clearTimeout(saving)
    // What was written while the last one was on its way is sent after it, on top of it.
    while (underWay) await underWay.catch(() => undefined)
    if (isSaved.value || conflict.value !== null) return isSaved.value
    isSaving.value = true
    try {
      await (underWay = send())
    } catch (failure) {
      conflict.value = conflictOf(failure, revision, basedOn)
      if (conflict.value === null) throw failure
    } finally {
      underWay = null
      isSaving.value = false
    }
    return isSaved.value
  }

  async function settle(wanted: string): Promise<boolean> {
    if (conflict.value === null) return false
    ;({ revision, basedOn } = conflict.value)
    conflict.value = null
    text.value = wanted
    kept.value = `${wanted}\0` // whatever was saved, this is to be saved again
    return await save()
  }

  async function publish(comment: string): Promise<WrittenFlow> {
    try {
      take(await publishDraft(name, revision, comment))
    } catch (failure) {
      conflict.value = conflictOf(failure, revision, basedOn)
      throw failure
    }
    return flow.value as WrittenFlow
  }

  async function bringBack(number: number, comment: string): Promise<WrittenFlow> {
    const found = await rollBack(name, number, comment)
    if (flow.value?.draft == null) take(found)
    else flow.value = found
    return found
  }

  async function drop(): Promise<void> {
    if (revision) await dropDraft(name, revision)
    await load()
  }

  function quietly(): void {
    void save().catch(() => undefined)
  }

  watch(text, () => {
    clearTimeout(checking)
    clearTimeout(saving)
    checking = setTimeout(() => void check(), CHECK_PAUSE_MS)
    if (!isSaved.value) saving = setTimeout(quietly, SAVE_PAUSE_MS)
  })
  watch(locale, () => void check())
  onUnmounted(() => {
    clearTimeout(checking)
    quietly()
  })
  return {
    flow, text, problems, diagram, isChecking, isSaving, isSaved, isDraft, error, conflict,
    load, save, settle, drop, publish, bringBack,
  }
}
