/**
 * A value that can be watched: the smallest thing that Svelte's `$store` syntax and plain TypeScript both understand.
 * Watchers are told the value at once and then at each change.
 */
export type Stop = () => void;

export interface Watched<T> {
  readonly value: T;
  subscribe(watcher: (value: T) => void): Stop;
}

export class Cell<T> implements Watched<T> {
  #value: T;
  readonly #watchers = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const watcher of [...this.#watchers]) watcher(value);
  }

  subscribe(watcher: (value: T) => void): Stop {
    this.#watchers.add(watcher);
    watcher(this.#value);
    return () => {
      this.#watchers.delete(watcher);
    };
  }
}
