import type { Alarms } from '@/realtime/alarm'

interface Alarm {
  at: number
  everyMs: number | null
  ring: () => void
}

/** Alarms on a clock that the test moves. */
export class HandAlarms implements Alarms {
  now = 0
  private readonly set = new Set<Alarm>()

  every(everyMs: number, ring: () => void): () => void {
    return this.add({ at: this.now + everyMs, everyMs, ring })
  }

  after(afterMs: number, ring: () => void): () => void {
    return this.add({ at: this.now + afterMs, everyMs: null, ring })
  }

  advance(ms: number): void {
    const end = this.now + ms
    for (;;) {
      const due = [...this.set].filter((alarm) => alarm.at <= end).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.now = due.at
      if (due.everyMs === null) this.set.delete(due)
      else due.at += due.everyMs
      due.ring()
    }
    this.now = end
  }

  private add(alarm: Alarm): () => void {
    this.set.add(alarm)
    return () => this.set.delete(alarm)
  }
}
