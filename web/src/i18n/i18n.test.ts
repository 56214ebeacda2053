import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { fill, formatClock, formatDay, formatOrdinal, languageFor, LANGUAGES, sentenceOf, speak, t, tn, voice } from '.';
import { en } from './en';
import { es } from './es';

const SRC = join(import.meta.dirname, '..');
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(ts|svelte)$/.test(file) && !/\.test\.ts$|i18n\/(en|es)/.test(file));
const code = files.map((file) => readFileSync(join(SRC, file), 'utf8')).join('\n');

/** Every language but English, by its tag. */
const OTHERS: Record<string, Record<string, string>> = { es };
const holes = (sentence: string): string[] => [...sentence.matchAll(/\{(\w+)\}/g)].map(([, hole = '']) => hole).sort();

afterEach(() => speak('en'));

/** Keys that are put together at run time: by plural rule, ordinal rule, or a code from the server. */
const COMPOSED = /^(agenda\.step|agreed\.role|arrival\.(look|safe|unsaid)|ask\.kind|start\.setting|consent\.(purpose|after|said)|ordinal|refusal|problem|safety\.(tick|tried|close|reason)|leaders?|packs\.import|log\.why|media\.(problem|picture_problem|pictures))\.|\.(one|two|few|many|other)$/;

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

/** Names of things that show no words: a drawing, or what stands below a heading. */
const WORDLESS = ['staff.earlier_label', 'setup.key_label', 'colleagues.link_label'];

test('what is heard of a button holds what is read on it, so that it can be pressed by saying so (WCAG 2.5.3)', () => {
  for (const catalogue of [en, es] as Record<string, string>[]) {
    for (const [key, heard] of Object.entries(catalogue)) {
      const read = key.endsWith('_label') ? catalogue[key.slice(0, -'_label'.length)] : undefined;
      if (read !== undefined && !WORDLESS.includes(key)) expect(heard.toLowerCase(), key).toContain(read.replace(/ ?…$/, '').toLowerCase());
    }
  }
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
  expect(languageFor(['de', 'es-MX', 'en'])).toBe('es');
});

test('no key stands in two parts: the later one would be said for both', () => {
  for (const language of Object.keys(LANGUAGES)) {
    const parts = readdirSync(import.meta.dirname).filter((file) => file.startsWith(`${language}.`));
    const keys = parts.flatMap((file) => [...readFileSync(join(import.meta.dirname, file), 'utf8').matchAll(/^ {2}'([^']+)':/gm)].map(([, key = '']) => key));
    expect(keys.length, `${language}: this would look at nothing`).toBeGreaterThan(1000);
    expect(keys.filter((key, n) => keys.indexOf(key) !== n), language).toEqual([]);
  }
});

test('every language has a catalogue that is looked at here', () => {
  expect(Object.keys(OTHERS)).toEqual(Object.keys(LANGUAGES).filter((language) => language !== 'en'));
});

// Printed so that the lines can be copied into the part of the same name, beside the English sentence, and translated there.
test('every language says what English says, and nothing else', () => {
  for (const [language, catalogue] of Object.entries(OTHERS)) {
    const missing = Object.entries(en).filter(([key]) => !Object.hasOwn(catalogue, key)).map(([key, sentence]) => `'${key}': ${JSON.stringify(sentence)},`);
    expect(missing, `to be added to ${language}.*.ts, as in en.*.ts:\n${missing.join('\n')}\n`).toEqual([]);
    expect(Object.keys(catalogue).filter((key) => !Object.hasOwn(en, key)), `${language}: no longer in English`).toEqual([]);
  }
});

test('every language puts the same values into a sentence, and leaves none empty', () => {
  for (const [language, catalogue] of Object.entries(OTHERS)) {
    for (const [key, sentence] of Object.entries(en)) {
      const theirs = catalogue[key];
      if (theirs === undefined) continue; // Named by the test above.
      expect(theirs.trim(), `${language} ${key}`).not.toBe('');
      expect(holes(theirs), `${language} ${key}`).toEqual(holes(sentence));
      expect(theirs, `${language} ${key}`).not.toMatch(/[!¡]|usted/i);
    }
  }
});

test('a language that is chosen is spoken from now on: words, plurals, places and days', async () => {
  await speak('es');
  expect(voice().language).toBe('es');
  expect(t('dock.ask')).toBe('Pedir la palabra');
  expect([tn('staff.turns', 1), tn('staff.turns', 2), tn('staff.turns', 0), tn('staff.turns', 1_000_000)].map((said) => said.replace(/\D/g, '') + said.replace(/[^a-z]/g, ''))).toEqual(['1turno', '2turnos', '0turnos', '1000000turnos']);
  expect(formatOrdinal(3)).toBe('3.º');
  expect(formatDay('2027-03-12')).toBe('vie 12 mar');
  expect(formatClock(72)).toBe('1:12');
  expect(sentenceOf('refusal.silence')).toContain('silencio');
});

test('the language that was asked for last is the one that is spoken', async () => {
  const slow = speak('es');
  await speak('en');
  await slow;
  expect(voice().language).toBe('en');
});
