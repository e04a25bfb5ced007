/** The text editor's parts: its look from the pages' own colours, and what it completes. */

import { autocompletion } from '@codemirror/autocomplete'
import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import { HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { yaml } from '@codemirror/lang-yaml'
import type { Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

/** What the JSON schema of flows says of one kind of node. */
interface NodeShape {
  properties?: Record<string, { const?: string; default?: unknown }>
}

export interface FlowSchema {
  $defs?: Record<string, NodeShape>
}

const WAYS =
  /^(?:next|to|open|closed|otherwise|start|full|timeout|region_known|no_input|wrong_input|found|missing|unproven|failed|"?[0-9*#]"?)$/

/** Whether a value of a node, by its path, is where callers go. */
export function isWay(path: readonly (string | number)[]): boolean {
  const last = String(path.at(-1))
  return WAYS.test(last) && (!/^[0-9*#]$/.test(last) || (typeof path.at(-1) === 'string' && path.length === 3))
}

const look = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'var(--surface)', color: 'var(--text)', fontSize: '13px' },
  '.cm-scroller': { fontFamily: "ui-monospace, 'Cascadia Mono', 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace" },
  '.cm-gutters': { backgroundColor: 'var(--surface-2)', color: 'var(--text-2)', border: '0' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--accent-soft)' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--accent-soft)' },
  '.cm-tooltip': { backgroundColor: 'var(--surface)', color: 'var(--text)', border: '1px solid var(--line)' },
  '.cm-collapsedLines': { background: 'var(--surface-2)', color: 'var(--text-2)' },
})
const colours = HighlightStyle.define([
  { tag: tags.definition(tags.propertyName), color: 'var(--accent)' },
  { tag: tags.comment, color: 'var(--text-2)', fontStyle: 'italic' },
  { tag: tags.string, color: 'var(--good)' },
])

/** What is different between two texts, from the first sign to the last. */
export function smallestChange(before: string, after: string): { from: number; to: number; insert: string } {
  const most = Math.min(before.length, after.length)
  let from = 0
  while (from < most && before[from] === after[from]) from += 1
  let same = 0
  while (same < most - from && before[before.length - 1 - same] === after[after.length - 1 - same]) same += 1
  return { from, to: before.length - same, insert: after.slice(from, after.length - same) }
}

/** What both the editor and the comparisons are made of. */
export function written(): Extension[] {
  return [yaml(), indentUnit.of('  '), look, syntaxHighlighting(colours), EditorView.lineWrapping]
}

export function shapesOf(schema: FlowSchema): Map<string, string[]> {
  const shapes = new Map<string, string[]>()
  for (const { properties = {} } of Object.values(schema.$defs ?? {})) {
    const type = properties['type']?.const
    if (type) shapes.set(type, Object.keys(properties))
  }
  return shapes
}

/** The nodes of a text as they are written, each with its line; also of a text that is wrong elsewhere. */
function nodesWithLines(text: string): { name: string; line: number }[] {
  const lines = text.split('\n')
  const top = lines.findIndex((line) => /^nodes:[ \t]*(?:#.*)?$/.test(line.trimEnd()))
  if (top < 0) return []
  const after = lines.slice(top + 1)
  const end = after.findIndex((line) => /^[^\s#]/.test(line))
  const below = end < 0 ? after : after.slice(0, end)
  const indent = below.map((line) => /^( +)[^\s#]/.exec(line)?.[1]?.length).find(Boolean) ?? 2
  const node = new RegExp(`^ {${indent}}([A-Za-z][A-Za-z0-9_-]*):`)
  return below.flatMap((line, number) => {
    const name = node.exec(line)?.[1]
    return name ? [{ name, line: top + 2 + number }] : []
  })
}

/** The names of the nodes of a text, as they are written. */
export function nodesIn(text: string): string[] {
  return nodesWithLines(text).map((one) => one.name)
}

/** The node that is written around a line. */
export function nodeAt(text: string, line: number): string | null {
  return nodesWithLines(text).findLast((one) => one.line <= line)?.name ?? null
}

/** Where a node is written. */
export function lineOf(text: string, node: string): number | null {
  return nodesWithLines(text).find((one) => one.name === node)?.line ?? null
}

/** The type of the node around a place. */
export function typeAbove(lines: readonly string[]): string {
  for (const line of [...lines].reverse()) {
    const type = /\btype:\s*([a-z]+)/.exec(line)?.[1]
    if (type) return type
  }
  return ''
}

export function complete(shapes: ReadonlyMap<string, string[]>): Extension {
  function source(context: CompletionContext): CompletionResult | null {
    const line = context.state.doc.lineAt(context.pos)
    const before = line.text.slice(0, context.pos - line.from)
    const [, field = '', value = ''] = /(?:^|[\s{,])([\w"*#]+):\s*([\w-]*)$/.exec(before) ?? []
    const from = context.pos - value.length
    if (field === 'type') return { from, options: [...shapes.keys()].map((label) => ({ label, type: 'type' })) }
    if (WAYS.test(field)) {
      return { from, options: nodesIn(context.state.doc.toString()).map((label) => ({ label, type: 'variable' })) }
    }
    const key = /^( {4,}|.*[{,]\s*)([a-z_]*)$/.exec(before)
    if (!key || field || (!context.explicit && !key[2])) return null
    const above = context.state.doc.sliceString(0, context.pos).split('\n')
    const fields = shapes.get(typeAbove(above)) ?? []
    return { from: context.pos - (key[2]?.length ?? 0), options: fields.map((label) => ({ label, type: 'property', apply: `${label}: ` })) }
  }
  return autocompletion({ override: [source] })
}
