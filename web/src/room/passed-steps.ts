// Which of the steps that lie behind were really held. The view says which step is the current one and calls every earlier one done, also
// those that somebody went past on the way to a later one; only a page that was there all the time knows the difference.
import type { AgendaView } from '../protocol/types';

/** `held`: it was the current one. `passed_by`: it never was, and this page would have seen it. `unknown`: this page was not there. */
export type Behind = 'held' | 'passed_by' | 'unknown';

export class PassedSteps {
  readonly #known: readonly Behind[];
  readonly #session: number | undefined;
  readonly #current: number | undefined;

  constructor(session?: number, current?: number, known: readonly Behind[] = []) {
    this.#session = session;
    this.#current = current;
    this.#known = known;
  }

  /** What is known after one more view; `missed`, where views may have been missed before it: the line was down. */
  after(session: number, agenda: AgendaView, missed: boolean): PassedSteps {
    const current = agenda.current ?? undefined;
    if (session === this.#session && current === this.#current) return this;
    const same = session === this.#session;
    const known = same ? [...this.#known] : [];
    if (current === undefined) return new PassedSteps(session, undefined, known);
    // A session that began under this page's eyes began with its first step, or went past it.
    const from = same ? (this.#current ?? -1) + 1 : 0;
    const seen = same && !missed;
    for (let step = from; step < current; step++) known[step] ??= seen ? 'passed_by' : 'unknown';
    known[current] = 'held';
    return new PassedSteps(session, current, known);
  }

  of(step: number): Behind {
    return this.#known[step] ?? 'unknown';
  }
}
