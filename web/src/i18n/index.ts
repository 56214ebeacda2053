// Every sentence the page says, by key, in the person's language; numbers and times as that language writes them.
// A new language is a new catalogue beside `en.ts` and one line in `voice.svelte.ts`. Sentences of packs come from the server and are not here.
import { en, type Key } from './en';
import { voice } from './voice.svelte';

export type { Catalogue, Key } from './en';
export { isLanguage, LANGUAGES, languageFor, speak, voice, wantedTags, type Language } from './voice.svelte';

/** Names of the placeholders in a sentence: `'{name} is {place}'` → `'name' | 'place'`. */
type Holes<S extends string> = S extends `${string}{${infer Hole}}${infer Rest}` ? Hole | Holes<Rest> : never;
type Values<K extends Key> = { [H in Holes<(typeof en)[K]>]: string | number };
type Args<K extends Key> = [Holes<(typeof en)[K]>] extends [never] ? [] : [values: Values<K>];

/** Puts values into a sentence's placeholders. */
export function fill(sentence: string, values: Record<string, string | number>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, hole: string) => String(values[hole] ?? whole));
}

/** The sentence of a key. */
export function t<K extends Key>(key: K, ...args: Args<K>): string {
  const values: Record<string, string | number> = args[0] ?? {};
  const shown = Object.fromEntries(
    Object.entries(values).map(([hole, value]) => [hole, typeof value === 'number' ? formatNumber(value) : value]),
  );
  // A sentence that was not translated yet is said in English rather than not at all.
  return fill(voice().catalogue[key] ?? en[key], shown);
}

/** The sentence of a key that is put together at run time, or nothing where the catalogue has none (a newer server's code). */
export function sentenceOf(key: string): string | undefined {
  const { catalogue } = voice();
  return Object.hasOwn(en, key) ? (catalogue[key as Key] ?? en[key as Key]) : undefined;
}

/** One of a pair of keys `….one` and `….other`, by the language's own plural rule. */
export function tn<K extends PluralKey>(key: K, count: number): string {
  const exact = `${key}.${voice().plural.select(count)}`;
  return fill(sentenceOf(exact) ?? voice().catalogue[`${key}.other`], { count: formatNumber(count) });
}
type PluralKey = Key extends infer K ? (K extends `${infer Stem}.other` ? Stem : never) : never;

export function formatNumber(value: number): string {
  return voice().numbers.format(value);
}

/** "3rd", as the language writes it. */
export function formatOrdinal(value: number): string {
  const form = voice().ordinal.select(value);
  return fill(sentenceOf(`ordinal.${form}`) ?? voice().catalogue['ordinal.other'], { count: formatNumber(value) });
}

/** "1:12": minutes and seconds. Every minute above 59 stays a minute, so that time left never jumps in shape. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${voice().plainDigits.format(Math.floor(whole / 60))}:${voice().twoDigits.format(whole % 60)}`;
}

/** "Thu 12 Mar" for a calendar day such as `2027-03-12`; nothing for what is no day. */
export function formatDay(day: string): string | undefined {
  const date = new Date(`${day}T00:00:00Z`);
  return Number.isNaN(date.getTime()) ? undefined : voice().days.format(date).replace(',', '');
}

/** "12 March 2027": a calendar day that may lie in another year. */
export function formatWholeDay(day: string): string | undefined {
  const date = new Date(`${day}T00:00:00Z`);
  return Number.isNaN(date.getTime()) ? undefined : voice().wholeDays.format(date);
}

/** "20:30", in the reader's own time zone; "8:30 PM" is never broken in two. */
export function formatTime(at: number): string {
  return voice().times.format(at).replaceAll(' ', '\u00a0');
}

/** "Thu 12 Mar" for a moment, in the reader's own time zone. */
export function formatDate(at: number): string {
  return voice().dates.format(at).replace(',', '');
}

/** "Ana, Ben and Chloe". */
export function formatList(items: readonly string[]): string {
  return voice().lists.format(items);
}

/** A country's name, by its two letters. */
export function formatCountry(code: string): string {
  return voice().regions.of(code) ?? code;
}

/** Names in the order in which a reader looks them up. */
export function byName(one: string, other: string): number {
  return one.localeCompare(other, voice().locale);
}
