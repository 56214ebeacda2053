import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fill, languageFor, sentenceOf, t, tn } from '.';
import { en } from './en';

const SRC = join(import.meta.dirname, '..');
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(ts|svelte)$/.test(file) && !/\.test\.ts$|i18n\/en/.test(file));
const code = files.map((file) => readFileSync(join(SRC, file), 'utf8')).join('\n');

/** Keys that are put together at run time: by plural rule, ordinal rule, or a code from the server. */
const COMPOSED = /^(agreed\.role|arrival\.(look|safe)|ordinal|refusal|problem|safety\.(tick|tried|close|reason)|leaders?|packs\.import)\.|\.(one|two|few|many|other)$/;

test('every sentence in the catalogue is said somewhere', () => {
  const unused = Object.keys(en).filter((key) => !COMPOSED.test(key) && !code.includes(`'${key}'`));
  expect(unused).toEqual([]);
});

test('every plural has both of its forms', () => {
  const stems = new Set(Object.keys(en).filter((key) => /\.(one|other)$/.test(key)).map((key) => key.replace(/\.(one|other)$/, '')));
  for (const stem of stems) expect([sentenceOf(`${stem}.one`), sentenceOf(`${stem}.other`)], stem).not.toContain(undefined);
});

test('every refusal the server knows has its sentence here', () => {
  const source = readFileSync(join(SRC, '../../protocol/src/wire/refusal.rs'), 'utf8');
  const codes = [...source.matchAll(/^ {4}([A-Z][A-Za-z]+) => "/gm)].map(([, name = '']) => name.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase());
  expect(codes.length).toBeGreaterThan(30);
  for (const refusal of codes) expect(sentenceOf(`refusal.${refusal}`), refusal).toBeTruthy();
});

test('no sentence raises its voice', () => {
  for (const [key, sentence] of Object.entries(en)) expect(sentence, key).not.toMatch(/!|must|failed|error|invalid/i);
});

test('the page’s own parts hold no sentence of their own', () => {
  const spoken = files.filter((file) => file.endsWith('.svelte') && !file.startsWith('stories')).flatMap((file) => {
    const markup = readFileSync(join(SRC, file), 'utf8').replace(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>|<!--[\s\S]*?-->/g, '');
    return [...markup.matchAll(/(?:aria-label|title|placeholder|alt)="([^"{]*[a-z][^"{]*)"|>\s*([A-Z][a-z]+(?: [a-z]+)+)/g)].map(([, attribute, text]) => `${file}: ${attribute ?? text}`);
  });
  expect(spoken).toEqual([]);
});

test('placeholders are filled, numbers as the language writes them', () => {
  expect(t('line.back_turn', { time: '1:12' })).toBe('You are back. You have 1:12 left.');
  expect(t('head.session', { session: 5, sessions: 16 })).toBe('session 5 of 16');
  expect(fill('{a} and {b}', { a: 'x' })).toBe('x and {b}');
  expect([tn('staff.turns', 1), tn('staff.turns', 2), tn('staff.turns', 0)]).toEqual(['1 turn', '2 turns', '0 turns']);
});

test('a language without a catalogue falls back to the next one wanted', () => {
  expect(languageFor(['xx', 'en-GB'])).toBe('en');
  expect(languageFor(['toString'])).toBe('en');
  expect(languageFor([])).toBe('en');
});
