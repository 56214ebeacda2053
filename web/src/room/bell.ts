// A soft bell, made of a few tones that fade: nothing is loaded for it.

/** Partials of a small bowl: how high over the first, how loud, how long. */
const TONES = [
  [1, 0.16, 5],
  [2.71, 0.05, 3],
  [5.2, 0.02, 1.5],
] as const;
const PITCH_HZ = 311;
/** A knuckle on wood, twice: low, short, and far softer than the bell. */
const KNOCK = [[1, 0.1, 0.16]] as const;
const KNOCK_HZ = 196;
const KNOCKS_APART_SECONDS = 0.22;
/** Too short to hear as a delay, long enough not to click. */
const RISE_SECONDS = 0.02;

let context: AudioContext | undefined;

/** Rings once. A browser that allows no sound yet stays silent: the bell is never the only sign. */
export const ring = (): Promise<void> => play(PITCH_HZ, TONES, [0]);

/** Knocks twice. */
export const knock = (): Promise<void> => play(KNOCK_HZ, KNOCK, [0, KNOCKS_APART_SECONDS]);

async function play(pitch: number, tones: readonly (readonly [number, number, number])[], after: readonly number[]): Promise<void> {
  try {
    context ??= new AudioContext();
    if (context.state === 'suspended') await context.resume();
    for (const later of after) {
      const now = context.currentTime + later;
      for (const [above, loud, seconds] of tones) {
        const tone = context.createOscillator();
        const fade = context.createGain();
        tone.frequency.value = pitch * above;
        fade.gain.setValueAtTime(0, now);
        fade.gain.linearRampToValueAtTime(loud, now + RISE_SECONDS);
        fade.gain.exponentialRampToValueAtTime(0.0001, now + seconds);
        tone.connect(fade).connect(context.destination);
        tone.start(now);
        tone.stop(now + seconds);
      }
    }
  } catch {
    // No sound on this device.
  }
}
