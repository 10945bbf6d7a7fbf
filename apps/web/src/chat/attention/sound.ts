/** Two notes, rising: their pitch in hertz, and when each begins and how long it lasts, in seconds. */
const notes = [
  { pitch: 660, begins: 0 },
  { pitch: 880, begins: 0.12 },
]
const lasts = 0.18
const loudness = 0.08

let audio: AudioContext | undefined

/** A short sound. Browsers let a page be heard only after somebody has touched it; until then it is silent. */
export function ring(): void {
  audio ??= new AudioContext()
  void audio.resume()
  for (const { pitch, begins } of notes) {
    const start = audio.currentTime + begins
    const tone = audio.createOscillator()
    const volume = audio.createGain()
    tone.frequency.value = pitch
    volume.gain.setValueAtTime(loudness, start)
    volume.gain.exponentialRampToValueAtTime(0.0001, start + lasts)
    tone.connect(volume).connect(audio.destination)
    tone.start(start)
    tone.stop(start + lasts)
  }
}
