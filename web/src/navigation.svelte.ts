// Where the page is, and how it goes elsewhere. Nothing but the path is kept in the history: no state, no title.
import { routeOf, type Route } from './router';

class Navigation {
  #path = $state(location.pathname);

  get route(): Route {
    return routeOf(this.#path);
  }

  /** Goes to a path of our own; `replace` leaves the present one out of the history. */
  go(path: string, how: { replace?: boolean } = {}): void {
    if (how.replace) history.replaceState(null, '', path);
    else history.pushState(null, '', path);
    this.#path = new URL(path, location.href).pathname;
    scrollTo(0, 0);
  }

  /** The browser went back or forward. */
  follow(): void {
    this.#path = location.pathname;
  }
}

export const navigation = new Navigation();
