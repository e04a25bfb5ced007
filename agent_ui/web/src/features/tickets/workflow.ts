/** What is written down at a step, and what of it is new. */

import type { TicketWorkflowView } from '@/api/types'

export interface Entries {
  values: Record<string, string>
  checks: Record<string, boolean>
  /** As a field for local time has it: `2026-11-24T15:30`. */
  visit: string
}

export interface ChangedEntries {
  values: Record<string, string>
  checks: Record<string, boolean>
  visit_at?: string
}

export const emptyEntries = (): Entries => ({ values: {}, checks: {}, visit: '' })

const two = (number: number): string => String(number).padStart(2, '0')

function local(moment: string | null): string {
  if (!moment) return ''
  const at = new Date(moment)
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`
}

export function entriesOf(workflow: TicketWorkflowView): Entries {
  return {
    values: Object.fromEntries(workflow.fields.filter((one) => one.name).map((one) => [one.key, one.value])),
    checks: Object.fromEntries(workflow.checks.map((one) => [one.key, one.is_passed])),
    visit: local(workflow.visit_at),
  }
}

/** Null where nothing is different. */
export function changedEntries(workflow: TicketWorkflowView, entries: Entries): ChangedEntries | null {
  const before = entriesOf(workflow)
  const values = Object.fromEntries(Object.entries(entries.values).filter(([key, value]) => (value ?? '') !== (before.values[key] ?? '')))
  const checks = Object.fromEntries(Object.entries(entries.checks).filter(([key, value]) => value !== before.checks[key]))
  const isVisit = entries.visit !== '' && entries.visit !== before.visit
  if (!isVisit && !Object.keys(values).length && !Object.keys(checks).length) return null
  return {
    // A choice that is cleared is an empty entry.
    values: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value ?? ''])),
    checks,
    ...(isVisit ? { visit_at: new Date(entries.visit).toISOString() } : {}),
  }
}
