/** The ring, made of two tones. It loops in the sound card's time, so a hidden page rings as well. */

const CADENCE_S = 4
const RING_S = 1.2
const TONES_HZ = [440, 480] as const
const LOUDNESS = 0.12
const EDGE_S = 0.03

export class Ringtone {
  private context: AudioContext | null = null
  private source: AudioBufferSourceNode | null = null

  start(): void {
    if (this.source !== null) return
    this.context ??= new AudioContext()
    void this.context.resume()
    const source = this.context.createBufferSource()
    source.buffer = ring(this.context)
    source.loop = true
    source.connect(this.context.destination)
    source.start()
    this.source = source
  }

  stop(): void {
    this.source?.stop()
    this.source = null
  }
}

function ring(context: AudioContext): AudioBuffer {
  const rate = context.sampleRate
  const buffer = context.createBuffer(1, CADENCE_S * rate, rate)
  const samples = buffer.getChannelData(0)
  for (let index = 0; index < RING_S * rate; index += 1) {
    const time = index / rate
    const edge = Math.min(1, time / EDGE_S, (RING_S - time) / EDGE_S)
    const wave = TONES_HZ.reduce((sum, tone) => sum + Math.sin(2 * Math.PI * tone * time), 0)
    samples[index] = LOUDNESS * edge * wave
  }
  return buffer
}
