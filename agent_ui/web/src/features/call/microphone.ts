/** The microphone: opened once per sign-in, so that answering doesn't wait for it; silent between calls. */

export type MicrophoneTrouble = 'microphone_refused' | 'microphone_missing' | 'insecure_page'

export class MicrophoneError extends Error {
  constructor(readonly trouble: MicrophoneTrouble) {
    super(trouble)
  }
}

const RAW_SOUND: MediaTrackConstraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
const SETTING = 'hotline.audio'

/** Measuring sound needs it untouched: `?audio=raw` once, before the pages' own addresses drop it. */
export function rememberSoundSetting(): void {
  const asked = new URLSearchParams(location.search).get('audio')
  if (asked !== null) localStorage.setItem(SETTING, asked)
}

function constraints(): MediaTrackConstraints | true {
  return localStorage.getItem(SETTING) === 'raw' ? RAW_SOUND : true
}

export class Microphone {
  private stream: MediaStream | null = null
  /** Called when it goes away by itself: a headset was unplugged. */
  onLost: () => void = () => undefined
  /** Called when something was plugged in or out. */
  onDevices: () => void = () => undefined

  /** Opens it, or fails with a `MicrophoneError` that says what a person can do. */
  async open(): Promise<MediaStream> {
    if (this.stream?.getAudioTracks().some((track) => track.readyState === 'live')) return this.stream
    // Browsers hide microphones from pages that came without encryption; the types don't say so.
    const devices = navigator.mediaDevices as MediaDevices | undefined
    if (devices === undefined) throw new MicrophoneError('insecure_page')
    try {
      this.stream = await devices.getUserMedia({ audio: constraints(), video: false })
    } catch (error) {
      const isMissing = error instanceof DOMException && error.name === 'NotFoundError'
      throw new MicrophoneError(isMissing ? 'microphone_missing' : 'microphone_refused')
    }
    for (const track of this.stream.getAudioTracks()) track.onended = () => this.onLost()
    devices.ondevicechange = () => this.onDevices()
    return this.stream
  }

  /** Lets sound through, or not. */
  listen(on: boolean): void {
    this.stream?.getAudioTracks().forEach((track) => (track.enabled = on))
  }

  close(): void {
    this.stream?.getTracks().forEach((track) => (track.onended = null))
    this.stream?.getTracks().forEach((track) => track.stop())
    this.stream = null
  }
}
