// What cannot wait is shown at the top of every sheet too: a sheet covers the page, and all that lies under it is out of reach.
import { getContext, setContext, type Snippet } from 'svelte';

const KEY = Symbol('urgent');

export function provideUrgent(snippet: () => Snippet | undefined): void {
  setContext(KEY, snippet);
}
/** What the page around this sheet must show first; nothing where no page said so. */
export function useUrgent(): Snippet | undefined {
  return getContext<(() => Snippet | undefined) | undefined>(KEY)?.();
}
