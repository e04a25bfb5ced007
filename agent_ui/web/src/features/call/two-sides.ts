/** Plays both sides of a recording as one: two sounds, kept in step. */

import { onScopeDispose, ref } from 'vue'

import { APART_MAX_S } from './playback'

export class TwoSides {
  readonly isPlaying = ref(false)
  readonly isBroken = ref(false)
  readonly position = ref(0)
  readonly speed = ref(1)
  /** Whose voice is heard alone, if not both. */
  readonly alone = ref<number | null>(null)
  private players: HTMLAudioElement[] = []
  private begun = 0
  private frame = 0

  /** `onHeard` is told of each stretch that was played without a jump. */
  constructor(
    private readonly sources: () => string[],
    private readonly onHeard: (start: number, end: number) => void,
  ) {}

  readonly toggle = async (): Promise<void> => {
    if (this.isPlaying.value) {
      this.stop()
      return
    }
    this.make()
    this.isBroken.value = false
    for (const player of this.players) player.currentTime = this.position.value
    try {
      await Promise.all(this.players.map((player) => player.play()))
    } catch {
      this.isBroken.value = this.players.some((player) => player.error !== null)
      this.stop()
      return
    }
    this.begun = this.position.value
    this.isPlaying.value = true
    this.keepInStep()
  }

  seek(to: number): void {
    this.tell()
    this.position.value = this.begun = Math.max(0, to)
    for (const player of this.players) player.currentTime = this.position.value
  }

  readonly setSpeed = (to: number): void => {
    this.speed.value = to
    for (const player of this.players) player.playbackRate = to
  }

  setAlone(side: number | null): void {
    this.alone.value = side
    this.players.forEach((player, index) => (player.muted = side !== null && side !== index))
  }

  readonly stop = (): void => {
    this.tell()
    this.isPlaying.value = false
    cancelAnimationFrame(this.frame)
    for (const player of this.players) player.pause()
  }

  /** Another call's may follow. */
  forget(): void {
    this.stop()
    for (const player of this.players) {
      player.removeAttribute('src')
      player.load()
    }
    this.players = []
    this.position.value = 0
  }

  private make(): void {
    if (this.players.length) return
    this.players = this.sources().map((source) => {
      const player = new Audio(source)
      player.playbackRate = this.speed.value
      player.addEventListener('error', () => {
        this.isBroken.value = this.players.includes(player)
        this.stop()
      })
      return player
    })
    this.players[0]?.addEventListener('ended', this.stop)
    this.setAlone(this.alone.value)
  }

  private keepInStep(): void {
    const [leads, ...others] = this.players
    if (!leads || !this.isPlaying.value) return
    this.position.value = leads.currentTime
    for (const other of others) {
      if (!other.ended && Math.abs(other.currentTime - leads.currentTime) > APART_MAX_S) other.currentTime = leads.currentTime
    }
    this.frame = requestAnimationFrame(() => this.keepInStep())
  }

  private tell(): void {
    if (this.isPlaying.value && this.position.value > this.begun) this.onHeard(this.begun, this.position.value)
  }
}

export function useTwoSides(sources: () => string[], onHeard: (start: number, end: number) => void): TwoSides {
  const player = new TwoSides(sources, onHeard)
  onScopeDispose(() => player.forget())
  return player
}
