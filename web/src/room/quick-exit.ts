// Quick exit: the page is gone at once, and to the others it looks exactly like a dropped line, because nothing is said to anybody.

/** A plain page of our own about something else. It keeps nothing and asks for nothing. */
export const NEUTRAL_PAGE = '/measures.html';
/** Two presses of Escape this close together are meant; two dialogs closed in a row are usually further apart. */
const TWICE_WITHIN_MS = 600;

/** Whether this press of Escape is the second of two. */
export class EscapeTwice {
  #last = -Infinity;

  press(at: number): boolean {
    const twice = at - this.#last <= TWICE_WITHIN_MS;
    this.#last = twice ? -Infinity : at;
    return twice;
  }
}

/** Blanks the page in this very moment, then takes its place in the history. */
export function quickExit(): void {
  document.documentElement.hidden = true;
  document.title = '';
  document.body.replaceChildren();
  location.replace(NEUTRAL_PAGE);
}
