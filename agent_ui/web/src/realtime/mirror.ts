/** The page's copy of the board, kept equal to the server's by versions. */

export type Values = Record<string, unknown>

export type ServerMessage =
  | { type: 'snapshot'; version: number; state: Values }
  | { type: 'delta'; version: number; set?: Values; delete?: string[] }
  | { type: 'pong' }

export interface Mirror {
  version: number
  values: Values
}

/** The mirror after a message, or `missed` when a version is lacking and only a snapshot helps. */
export function follow(mirror: Mirror | null, message: ServerMessage): Mirror | null | 'missed' {
  if (message.type === 'pong') return mirror
  if (message.type === 'snapshot') return { version: message.version, values: message.state }
  if (mirror === null || message.version > mirror.version + 1) return 'missed'
  if (message.version <= mirror.version) return mirror // said already by the snapshot
  const values = { ...mirror.values, ...message.set }
  const gone = new Set(message.delete)
  const kept = Object.entries(values).filter(([key]) => !gone.has(key))
  return { version: message.version, values: Object.fromEntries(kept) }
}
