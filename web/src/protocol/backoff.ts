/**
 * How long to wait before the next try: exponential, with full jitter.
 *
 * "Full" means anywhere between nothing and the ceiling. When a server restarts, everybody's line drops in the same
 * instant; if each page waited the same time they would all come back in the same instant too.
 *
 * Left out: what is tried, and when to stop trying. The connection knows that.
 */

/** The ceiling of the first wait. Short: most drops are one lost packet on the way to a healthy server. */
export const FIRST_CEILING_MS = 500;
/** No wait is longer. Somebody in tears will not watch a page for a minute to see whether it is still trying. */
export const LAST_CEILING_MS = 15_000;

/** A number in [0, 1); `Math.random` outside tests. Nothing secret depends on it. */
export type Chance = () => number;

export class Backoff {
  #tries = 0;
  readonly #chance: Chance;

  constructor(chance: Chance = Math.random) {
    this.#chance = chance;
  }

  /** How many waits were asked for since the last `reset`. */
  get tries(): number {
    return this.#tries;
  }

  /** The next wait in whole milliseconds. */
  next(): number {
    const ceiling = Math.min(LAST_CEILING_MS, FIRST_CEILING_MS * 2 ** this.#tries);
    this.#tries += 1;
    return Math.floor(this.#chance() * ceiling);
  }

  /** The line has been steady: the next wait is a first one again. */
  reset(): void {
    this.#tries = 0;
  }
}
