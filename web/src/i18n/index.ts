// Every sentence the page says, by key, in the person's language; numbers and times as that language writes them.
// A new language is a new file beside `en.ts` and one line in `CATALOGUES`. Sentences of packs come from the server and are not here.
import { en, type Catalogue, type Key } from './en';

export type { Catalogue, Key } from './en';

/** Names of the placeholders in a sentence: `'{name} is {place}'` → `'name' | 'place'`. */
type Holes<S extends string> = S extends `${string}{${infer Hole}}${infer Rest}` ? Hole | Holes<Rest> : never;
type Values<K extends Key> = { [H in Holes<(typeof en)[K]>]: string | number };
type Args<K extends Key> = [Holes<(typeof en)[K]>] extends [never] ? [] : [values: Values<K>];

const CATALOGUES: Record<string, Catalogue> = { en };

/** The best catalogue for a list of language tags, most wanted first; English where none fits. */
export function languageFor(wanted: readonly string[]): string {
  for (const tag of wanted) {
    const short = tag.toLowerCase().split('-')[0] ?? '';
    if (Object.hasOwn(CATALOGUES, short)) return short;
  }
  return 'en';
}

const language = languageFor(typeof navigator === 'undefined' ? [] : navigator.languages);
const catalogue = CATALOGUES[language] ?? en;

// Dates follow the reader's own region where it speaks the page's language (en-GB writes "12 Mar", en-US "Mar 12").
const region = (typeof navigator === 'undefined' ? [] : navigator.languages).find((tag) => tag.toLowerCase().startsWith(language));
const locale = region ?? 'en-GB';

const regions = new Intl.DisplayNames([locale], { type: 'region' });

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
  return fill(catalogue[key], shown);
}

/** The sentence of a key that is put together at run time, or nothing where the catalogue has none (a newer server's code). */
export function sentenceOf(key: string): string | undefined {
  return Object.hasOwn(catalogue, key) ? catalogue[key as Key] : undefined;
}

const plural = new Intl.PluralRules(locale);

/** One of a pair of keys `….one` and `….other`, by the language's own plural rule. */
export function tn<K extends PluralKey>(key: K, count: number): string {
  const exact = `${key}.${plural.select(count)}`;
  return fill(sentenceOf(exact) ?? catalogue[`${key}.other`], { count: formatNumber(count) });
}
type PluralKey = Key extends infer K ? (K extends `${infer Stem}.other` ? Stem : never) : never;

const numbers = new Intl.NumberFormat(locale);
export function formatNumber(value: number): string {
  return numbers.format(value);
}

const ordinalRule = new Intl.PluralRules(locale, { type: 'ordinal' });
/** "3rd", as the language writes it. */
export function formatOrdinal(value: number): string {
  const form = ordinalRule.select(value);
  return fill(sentenceOf(`ordinal.${form}`) ?? catalogue['ordinal.other'], { count: formatNumber(value) });
}

const twoDigits = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2, useGrouping: false });
const plainDigits = new Intl.NumberFormat(locale, { useGrouping: false });
/** "1:12": minutes and seconds. Every minute above 59 stays a minute, so that time left never jumps in shape. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${plainDigits.format(Math.floor(whole / 60))}:${twoDigits.format(whole % 60)}`;
}

const days = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' });
/** "Thu 12 Mar" for a calendar day such as `2027-03-12`; nothing for what is no day. */
export function formatDay(day: string): string | undefined {
  const date = new Date(`${day}T00:00:00Z`);
  return Number.isNaN(date.getTime()) ? undefined : days.format(date).replace(',', '');
}

const times = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
/** "20:30", in the reader's own time zone; "8:30 PM" is never broken in two. */
export function formatTime(at: number): string {
  return times.format(at).replaceAll(' ', '\u00a0');
}

const dates = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short' });
/** "Thu 12 Mar" for a moment, in the reader's own time zone. */
export function formatDate(at: number): string {
  return dates.format(at).replace(',', '');
}

const lists = new Intl.ListFormat(locale, { style: 'long', type: 'conjunction' });
/** A country's name, by its two letters. */
export function formatCountry(code: string): string {
  return regions.of(code) ?? code;
}

/** Names in the order in which a reader looks them up. */
export function byName(one: string, other: string): number {
  return one.localeCompare(other, locale);
}

/** "Ana, Ben and Chloe". */
export function formatList(items: readonly string[]): string {
  return lists.format(items);
}

/** Tells the document its language and direction. */
export function announceLanguage(): void {
  document.documentElement.lang = language;
  document.documentElement.dir = /^(ar|fa|he|ur)$/.test(language) ? 'rtl' : 'ltr';
}
