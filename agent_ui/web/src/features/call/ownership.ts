/** Which of this browser's tabs is the phone. The others wait, and one inherits it when the tab closes. */

const LOCK = 'hotline-phone'

export interface OwnershipEvents {
  gained: () => void
  /** Another tab is the phone already; this one waits. */
  waits: () => void
  lost: () => void
}

export class Ownership {
  private letGo: (() => void) | null = null
  private waiting: AbortController | null = null

  constructor(
    private readonly events: OwnershipEvents,
    private readonly locks: LockManager | undefined,
  ) {}

  get isMine(): boolean {
    return this.letGo !== null
  }

  /** Becomes the phone as soon as no other tab is. */
  wait(): void {
    if (this.isMine || this.waiting !== null) return
    if (this.locks === undefined) {
      this.gain(() => undefined)
      return
    }
    this.waiting = new AbortController()
    this.request({ signal: this.waiting.signal })
    void this.lookAround()
  }

  /** Becomes the phone now; the tab that was it is told. */
  take(): void {
    if (this.isMine || this.locks === undefined) return
    this.stopWaiting()
    this.request({ steal: true })
  }

  release(): void {
    this.stopWaiting()
    const letGo = this.letGo
    this.letGo = null
    letGo?.()
  }

  private request(options: LockOptions): void {
    let letGo: (() => void) | null = null
    const held = this.locks?.request(LOCK, options, () => {
      this.waiting = null
      return new Promise<void>((resolve) => {
        letGo = resolve
        this.gain(resolve)
      })
    })
    held?.catch(() => {
      // Rejected either because this wait was given up, or because another tab took the lock away.
      if (letGo === null || letGo !== this.letGo) return
      this.letGo = null
      this.events.lost()
      this.wait()
    })
  }

  private async lookAround(): Promise<void> {
    const state = await this.locks?.query()
    const isHeld = state?.held?.some((lock) => lock.name === LOCK) ?? false
    if (isHeld && this.waiting !== null) this.events.waits()
  }

  private gain(letGo: () => void): void {
    this.letGo = letGo
    this.events.gained()
  }

  private stopWaiting(): void {
    this.waiting?.abort()
    this.waiting = null
  }
}
