// Captions of what the others say, where the browser can make them on this very device. Where it would send voices to somebody else's
// machine, or does not say that it would not, they are not offered at all.
import { preferences } from '../design/preferences.svelte';

/** As much of a browser's speech recognition as is used. */
export interface Recognition {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  processLocally: boolean;
  onresult: ((event: { resultIndex: number; results: ArrayLike<ArrayLike<{ transcript: string }> & { isFinal: boolean }> }) => void) | null;
  onend: (() => void) | null;
  onerror: ((event: { error: string }) => void) | null;
  start(track: MediaStreamTrack): void;
  abort(): void;
}
export interface Recognitions {
  new (): Recognition;
  available?(options: { langs: string[]; processLocally: boolean }): Promise<string>;
}

function recognitions(): Recognitions | undefined {
  const page: { SpeechRecognition?: Recognitions; webkitSpeechRecognition?: Recognitions } = globalThis as object;
  return page.SpeechRecognition ?? page.webkitSpeechRecognition;
}

/** Whether this browser makes captions of this language here and sends nothing. Only a plain yes counts; nothing is downloaded for it. */
export async function canCaption(language: string, from: Recognitions | undefined = recognitions()): Promise<boolean> {
  if (!from?.available || !('processLocally' in from.prototype)) return false;
  try {
    return (await from.available({ langs: [language], processLocally: true })) === 'available';
  } catch {
    return false;
  }
}

class CaptionsHere {
  #can = $state(false);
  #asked = '';
  get can(): boolean {
    return this.#can;
  }
  /** Asked once for a language. */
  async asks(): Promise<void> {
    const language = preferences.speaks;
    if (this.#asked === language) return;
    this.#asked = language;
    this.#can = await canCaption(language);
  }
}
export const captionsHere = new CaptionsHere();

/** Lines kept in sight: what was just said, and what is being said. */
const LINES = 2;
/** What a line holds at most; a recogniser that finds no end is cut at the front. */
const LINE_CHARS = 160;
/** Recognisers end by themselves after a silence. */
const AGAIN_MS = 500;

export class Caption {
  #lines = $state.raw<readonly string[]>([]);
  #recognition: Recognition | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;

  get lines(): readonly string[] {
    return this.#lines;
  }

  begins(track: MediaStreamTrack, from: Recognitions | undefined = recognitions()): void {
    this.ends();
    if (!from) return;
    const recognition = new from();
    recognition.lang = preferences.speaks;
    recognition.continuous = recognition.interimResults = recognition.processLocally = true;
    let said: string[] = [];
    recognition.onresult = ({ resultIndex, results }) => {
      const now: string[] = [];
      for (let n = resultIndex; n < results.length; n += 1) {
        const result = results[n];
        const text = result?.[0]?.transcript.trim().slice(-LINE_CHARS) ?? '';
        if (text === '') continue;
        if (result?.isFinal) said = [...said, text].slice(-LINES);
        else now.push(text);
      }
      this.#lines = [...said, ...now].slice(-LINES);
    };
    let over = false;
    recognition.onerror = ({ error }) => {
      over = error === 'not-allowed' || error === 'service-not-allowed' || error === 'language-not-supported';
    };
    recognition.onend = () => {
      if (this.#recognition !== recognition) return;
      if (over || track.readyState === 'ended') return this.ends();
      this.#again = setTimeout(() => recognition.start(track), AGAIN_MS);
    };
    this.#recognition = recognition;
    recognition.start(track);
  }

  ends(): void {
    clearTimeout(this.#again);
    const recognition = this.#recognition;
    this.#recognition = undefined;
    recognition?.abort();
    this.#lines = [];
  }
}
