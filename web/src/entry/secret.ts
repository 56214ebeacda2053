/**
 * The secret in a link's fragment. It never travels to a server by itself, and it leaves the address bar before anything else happens,
 * so that it stands in no history, no screenshot and no shared screen.
 */

/** The secret of a fragment such as `#aB3…`; nothing for what cannot be one. */
export function secretIn(fragment: string): string | undefined {
  return /^#([A-Za-z0-9_-]{8,256})$/.exec(fragment)?.[1];
}

/** Takes the secret out of the address bar. */
export function takeSecret(): string | undefined {
  const { hash, pathname } = location;
  if (hash !== '') history.replaceState(null, '', pathname);
  return secretIn(hash);
}
