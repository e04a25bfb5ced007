// Browsers slow the timers of a hidden page down to one a minute; those of a worker keep their time.
const running = new Map<number, ReturnType<typeof setInterval>>()

self.onmessage = (event: MessageEvent<{ id: number; everyMs: number | null }>) => {
  const { id, everyMs } = event.data
  clearInterval(running.get(id))
  running.delete(id)
  if (everyMs !== null) running.set(id, setInterval(() => self.postMessage(id), everyMs))
}
