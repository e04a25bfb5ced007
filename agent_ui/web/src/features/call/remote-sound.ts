/** Plays the customer's voice. */

let player: HTMLAudioElement | null = null

export function playRemoteSound(stream: MediaStream): void {
  if (player === null) {
    player = new Audio()
    player.autoplay = true
    player.dataset['testid'] = 'remote-sound'
    document.body.append(player)
  }
  player.srcObject = stream
  // A page that captures sound may play it; a refusal would mean that there is no call to hear.
  void player.play().catch(() => undefined)
}
