/**
 * What time it is on the server. Every deadline on the wire is server time; the page counts down to it and never keeps a clock of its own.
 *
 * A `pong` tells the server's time at some moment between sending and receiving. The middle is the guess, half the round trip its
 * greatest error, so the quickest round trip of the recent ones is believed.
 */
import { Cell, type Watched } from './watched';

/** Round trips that are remembered. Eight heartbeats reach far enough back to hold a good one and not into another network. */
export const REMEMBERED_ROUND_TRIPS = 8;

/** Two readings may contradict each other by this much (timer and rounding error) before a clock must have been set. */
const SLACK_MS = 50;

interface Reading {
  readonly offset: number;
  readonly roundTrip: number;
}

export class ServerClock {
  readonly #now: () => number;
  readonly #offset = new Cell(0);
  #readings: Reading[] = [];

  /** `now` is the device's clock in milliseconds. `Date.now` and not `performance.now`: the latter stands still while a laptop sleeps. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** The server's time now, in milliseconds; the device's own until the server was first heard. */
  now(): number {
    return this.#now() + this.#offset.value;
  }

  /** How far the server's clock is ahead of the device's. */
  get offset(): Watched<number> {
    return this.#offset;
  }

  /** The welcome: the server's time without a round trip. Believed only until the first pong. */
  welcomed(serverNow: number): void {
    this.#readings = [{ offset: serverNow - this.#now(), roundTrip: Number.POSITIVE_INFINITY }];
    this.#settle();
  }

  /** A pong: sent at `at` by the device's clock, answered at `serverNow`. */
  answered(at: number, serverNow: number): void {
    const received = this.#now();
    const roundTrip = received - at;
    if (roundTrip < 0) {
      // The device's clock was set back while the ping was on its way: nothing that was read before holds.
      this.#readings = [];
      this.#settle();
      return;
    }
    const reading = { offset: serverNow - (at + received) / 2, roundTrip };
    const best = this.#best();
    if (best !== undefined && contradict(best, reading)) this.#readings = [];
    this.#readings.push(reading);
    if (this.#readings.length > REMEMBERED_ROUND_TRIPS) this.#readings.shift();
    this.#settle();
  }

  #settle(): void {
    this.#offset.set(this.#best()?.offset ?? 0);
  }

  #best(): Reading | undefined {
    let best: Reading | undefined;
    for (const reading of this.#readings) {
      if (best === undefined || reading.roundTrip <= best.roundTrip) best = reading;
    }
    return best;
  }
}

/** Both cannot be true of the same pair of clocks: one of the clocks was set in between. */
function contradict(one: Reading, other: Reading): boolean {
  return Math.abs(one.offset - other.offset) > (one.roundTrip + other.roundTrip) / 2 + SLACK_MS;
}
