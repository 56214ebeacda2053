// A key that is held to be heard. It is a letter, so it works only for whoever asked for it (WCAG 2.1.4), and never while somebody writes.

/** The key's place on the keyboard, whatever is printed on it. */
const KEY = 'KeyT';

/** As much of a keyboard event as is looked at. */
export interface Pressed {
  readonly code: string;
  readonly repeat: boolean;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly target: EventTarget | null;
}

/** Where letters are letters. */
function writes(target: EventTarget | null): boolean {
  if (typeof Element === 'undefined' || !(target instanceof Element)) return false;
  return target.closest('input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable]:not([contenteditable=false])') !== null;
}

export class TalkKey {
  #held = false;
  readonly #talks: (does: boolean) => void;

  constructor(talks: (does: boolean) => void) {
    this.#talks = talks;
  }

  down(event: Pressed): void {
    if (event.code !== KEY || event.repeat || this.#held) return;
    if (event.altKey || event.ctrlKey || event.metaKey || writes(event.target)) return;
    this.#held = true;
    this.#talks(true);
  }
  /** Let go, also of a window that lost the keyboard while it was held: a microphone must not stay open behind it. */
  up(event?: { readonly code: string }): void {
    if (!this.#held || (event && event.code !== KEY)) return;
    this.#held = false;
    this.#talks(false);
  }
}
