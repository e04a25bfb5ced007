interface Waiting {
  run: () => void
  fail: (error: Error) => void
}

/** Web Locks of one browser, for one lock and several tabs. */
export class FakeLocks {
  private holder: Waiting | null = null
  private readonly queue: Waiting[] = []

  get manager(): LockManager {
    return this as unknown as LockManager
  }

  request(_name: string, options: LockOptions, work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, fail) => {
      const waiting: Waiting = {
        fail,
        run: () => {
          this.holder = waiting
          void work().then(() => {
            if (this.holder === waiting) this.next()
            resolve()
          })
        },
      }
      options.signal?.addEventListener('abort', () => {
        const at = this.queue.indexOf(waiting)
        if (at < 0) return
        this.queue.splice(at, 1)
        fail(new Error('aborted'))
      })
      if (options.steal) {
        this.holder?.fail(new Error('stolen'))
        waiting.run()
      } else if (this.holder === null) waiting.run()
      else this.queue.push(waiting)
    })
  }

  query(): Promise<LockManagerSnapshot> {
    return Promise.resolve({ held: this.holder === null ? [] : [{ name: 'hotline-phone' }] })
  }

  private next(): void {
    this.holder = null
    this.queue.shift()?.run()
  }
}
