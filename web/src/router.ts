// Which page an address opens. Addresses are plain paths; the fragment belongs to links' secrets and is never used for routing.

export type Route =
  | { page: 'start' }
  | { page: 'setup' }
  | { page: 'sign-in' }
  | { page: 'recover' }
  | { page: 'account' }
  | { page: 'join' }
  | { page: 'group'; room: string }
  | { page: 'room'; room: string }
  | { page: 'mine'; room: string }
  | { page: 'packs' }
  | { page: 'people' }
  | { page: 'welcome' }
  | { page: 'look-in' }
  | { page: 'outside' }
  | { page: 'stories' }
  | { page: 'nothing' };

const PRACTICE_ID = /^pr_[0-9a-f]{32}$/;
const ROOM_ID = /^rm_[0-9a-f]{32}$/;

/** The page for a path. A trailing slash changes nothing; an id that is no room id opens nothing. */
export function routeOf(path: string): Route {
  const [first = '', second, ...rest] = path.split('/').filter((part) => part !== '');
  if (rest.length > 0) return { page: 'nothing' };
  if (second !== undefined) {
    // Which practice's people sign in there; the page reads it.
    if (first === 'sign-in' && PRACTICE_ID.test(second)) return { page: 'sign-in' };
    if (!ROOM_ID.test(second)) return { page: 'nothing' };
    if (first === 'groups') return { page: 'group', room: second };
    if (first === 'me') return { page: 'mine', room: second };
    if (first === 'room') return { page: 'room', room: second };
    return { page: 'nothing' };
  }
  switch (first) {
    case '':
      return { page: 'start' };
    case 'setup':
      return { page: 'setup' };
    case 'sign-in':
      return { page: 'sign-in' };
    case 'recover':
      return { page: 'recover' };
    case 'account':
      return { page: 'account' };
    case 'join':
      return { page: 'join' };
    case 'packs':
      return { page: 'packs' };
    case 'people':
      return { page: 'people' };
    case 'welcome':
      return { page: 'welcome' };
    case 'look-in':
      return { page: 'look-in' };
    case 'outside':
      return { page: 'outside' };
    case 'stories':
      return { page: 'stories' };
    default:
      return { page: 'nothing' };
  }
}

/** Whether a click on a link is ours to follow without loading the page anew. */
export function isPlainClick(event: MouseEvent, link: HTMLAnchorElement, here: URL): boolean {
  if (event.defaultPrevented || event.button !== 0) return false;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return false;
  if (link.target !== '' && link.target !== '_self') return false;
  if (link.hasAttribute('download')) return false;
  const to = new URL(link.href, here);
  // A link inside the page (a skip link) and a link with a secret are the browser's own business.
  return to.origin === here.origin && to.hash === '' && routeOf(to.pathname).page !== 'nothing';
}
