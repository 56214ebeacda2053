// By which relays (TURN) a page may come whose network lets nothing else through. Asked before every offer, for what is answered ends by itself.
import type { MediaRelay } from '../protocol/types';

/** The server answers at once; a call does not wait for it any longer than this. */
const PATIENCE_MS = 2_000;

export class Relays {
  #answered: ((relays: readonly MediaRelay[]) => void) | undefined;
  readonly #say: (message: { type: 'media_relays' }) => boolean;

  constructor(say: (message: { type: 'media_relays' }) => boolean) {
    this.#say = say;
  }

  /** What a connection is to be given. None where there is none, or no answer. */
  asked(): Promise<RTCIceServer[]> {
    this.#answered?.([]); // whoever asked before begins without
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#answered?.([]), PATIENCE_MS);
      this.#answered = (relays) => {
        clearTimeout(timer);
        this.#answered = undefined;
        resolve(relays.map(({ urls, username, credential }) => ({ urls, username, credential })));
      };
      if (!this.#say({ type: 'media_relays' })) this.#answered([]);
    });
  }

  heard(relays: readonly MediaRelay[]): void {
    this.#answered?.(relays);
  }
}
