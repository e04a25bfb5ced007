/** One door to the server's HTTP API: typed errors, the header against forged requests, the server's clock. */

export class ApiError extends Error {
  constructor(
    readonly status: number,
    /** Stable; `unreachable` when no answer came. */
    readonly code: string,
    message: string,
    readonly fields: Readonly<Record<string, string>> = {},
    /** From when on the same may be tried again, on this machine's clock; null when nobody knows. */
    readonly retryAtMs: number | null = null,
    /** What a page needs to go on, such as the text that somebody else saved. */
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message)
  }
}

/** Whether nobody did what was asked: no answer came, or only that of the door before a server that starts. */
export function isServerAway(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 'unreachable' || error.code === 'starting')
}

const REQUEST_TIMEOUT_MS = 15_000
const UPLOAD_TIMEOUT_MS = 90_000
let clockOffsetMs = 0
let signedOut: () => void = () => undefined

/** How far the server's clock is ahead of this machine's; timers count from the server's times. */
export function serverClockOffsetMs(): number {
  return clockOffsetMs
}

/** Calls `handler` whenever the server says that nobody is signed in any more. */
export function onSignedOut(handler: () => void): void {
  signedOut = handler
}

function readClock(response: Response): void {
  const date = Date.parse(response.headers.get('date') ?? '')
  if (Number.isNaN(date)) return
  const offset = date - Date.now()
  // The header has whole seconds: smaller differences say nothing.
  clockOffsetMs = Math.abs(offset) > 2000 ? offset : 0
}

async function problem(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => ({}))) as {
    code?: string
    message?: string
    fields?: Record<string, string>
    details?: Record<string, unknown>
  }
  const code = body.code ?? `http_${response.status}`
  return new ApiError(response.status, code, body.message ?? '', body.fields, retryAtMs(response), body.details)
}

function retryAtMs(response: Response): number | null {
  const seconds = Number.parseInt(response.headers.get('retry-after') ?? '', 10)
  return Number.isNaN(seconds) ? null : Date.now() + seconds * 1000
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export async function request<Reply>(method: Method, path: string, body?: unknown): Promise<Reply> {
  return send(method, path, body === undefined ? null : JSON.stringify(body), 'application/json', REQUEST_TIMEOUT_MS)
}

/** Sends a file as it is. */
export async function upload<Reply>(path: string, file: Blob): Promise<Reply> {
  return send('PUT', path, file, 'application/octet-stream', UPLOAD_TIMEOUT_MS)
}

async function send<Reply>(method: Method, path: string, body: BodyInit | null, kind: string, timeoutMs: number): Promise<Reply> {
  let response: Response
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: { 'X-Hotline': '1', 'Accept-Language': document.documentElement.lang, ...(body === null ? {} : { 'Content-Type': kind }) },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    })
  } catch {
    throw new ApiError(0, 'unreachable', '')
  }
  readClock(response)
  if (!response.ok) {
    if (response.status === 401 && path !== '/api/session') signedOut()
    throw await problem(response)
  }
  const text = await response.text()
  return (text ? JSON.parse(text) : undefined) as Reply
}

/** A query string of what is set; an unticked wish is not sent. */
export function query(values: Record<string, string | number | boolean | null | undefined>): string {
  const set = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== '' && value !== false)
  return set.length === 0 ? '' : `?${new URLSearchParams(set.map(([key, value]) => [key, String(value)])).toString()}`
}
