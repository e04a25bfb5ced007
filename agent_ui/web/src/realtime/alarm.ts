/** Timers that keep their time while the page is hidden. */

export interface Alarms {
  /** Calls `ring` every `everyMs`; the returned function stops it. */
  every(everyMs: number, ring: () => void): () => void
  /** Calls `ring` once after `afterMs`; the returned function stops it. */
  after(afterMs: number, ring: () => void): () => void
}

export function workerAlarms(): Alarms {
  const worker = new Worker(new URL('./alarm.worker.ts', import.meta.url), { type: 'module' })
  const rings = new Map<number, () => void>()
  let last = 0
  worker.onmessage = (event: MessageEvent<number>) => rings.get(event.data)?.()

  function every(everyMs: number, ring: () => void): () => void {
    const id = ++last
    rings.set(id, ring)
    worker.postMessage({ id, everyMs })
    return () => {
      rings.delete(id)
      worker.postMessage({ id, everyMs: null })
    }
  }

  function after(afterMs: number, ring: () => void): () => void {
    const stop = every(afterMs, () => {
      stop()
      ring()
    })
    return stop
  }

  return { every, after }
}

/** Plain timers, for where there are no workers. */
export function pageAlarms(): Alarms {
  return {
    every(everyMs, ring) {
      const id = setInterval(ring, everyMs)
      return () => clearInterval(id)
    },
    after(afterMs, ring) {
      const id = setTimeout(ring, afterMs)
      return () => clearTimeout(id)
    },
  }
}

let shared: Alarms | undefined

/** The page's one set of alarms. */
export function alarms(): Alarms {
  shared ??= typeof Worker === 'undefined' ? pageAlarms() : workerAlarms()
  return shared
}
