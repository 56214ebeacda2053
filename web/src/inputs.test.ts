// What people type is for the room, not for the browser's list of suggestions, which stays on the device after everybody has left.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const pages = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.svelte'));
/** Boxes that take no words. */
const WORDLESS = /type="(radio|checkbox|file|number|range)"/;

/** A page's boxes for words that do not say what the browser may remember of them. */
const silent = (source: string) => [...source.matchAll(/<(?:input|textarea)\b(?:[^>"'{]|"[^"]*"|'[^']*'|\{(?:[^{}]|\{[^{}]*\})*\})*>/g)].map(([tag]) => tag).filter((tag) => !WORDLESS.test(tag) && !tag.includes('autocomplete') && !/\breadonly\b(?!=)/.test(tag));

describe('every box for words', () => {
  it.each(pages)('in %s says what the browser may remember', (path) => {
    expect(silent(readFileSync(`src/${path}`, 'utf8'))).toEqual([]);
  });
  it('is found when it does not', () => {
    expect(silent('<input bind:value={a} /><textarea {value} oninput={(e) => go(e)}></textarea><input type="radio" />')).toHaveLength(2);
  });
});
