// The facilitators' prompts: finding words in the library, and the keys that show a prompt's words to the group.
import type { OfferedPrompt } from '../protocol/types';

/** Every word that was typed must stand in one of the two sentences; accents and case do not matter. */
export function findPrompts(library: readonly OfferedPrompt[], sought: string): OfferedPrompt[] {
  const words = plain(sought).split(/\s+/).filter((word) => word !== '');
  return library.filter((prompt) => {
    const text = plain(`${prompt.text} ${prompt.say ?? ''}`);
    return words.every((word) => text.includes(word));
  });
}

/** This step's prompts first, as the room has them; then the pack's others, each once. */
export function wholeLibrary(here: readonly OfferedPrompt[], pack: readonly OfferedPrompt[]): OfferedPrompt[] {
  const known = new Set(here.map((prompt) => prompt.prompt));
  return [...here, ...pack.filter((prompt) => !known.has(prompt.prompt))];
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Which of the two offered prompts a key means, from 0. Keys pressed while writing, or with another key held, mean none. */
export function keyOf(event: Pick<KeyboardEvent, 'key' | 'altKey' | 'ctrlKey' | 'metaKey' | 'repeat' | 'target'>): 0 | 1 | undefined {
  if (event.altKey || event.ctrlKey || event.metaKey || event.repeat) return undefined;
  const at = event.target as Partial<HTMLElement> | null;
  if (at?.isContentEditable === true || ['INPUT', 'TEXTAREA', 'SELECT'].includes(at?.tagName ?? '')) return undefined;
  return event.key === '1' ? 0 : event.key === '2' ? 1 : undefined;
}
