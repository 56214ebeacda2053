// The language the page speaks just now: its sentences, and how it writes numbers, days and times. Everything that is said reads it, so
// a switch changes the words where they stand and loses nothing that somebody was about to do.
import { en, type Catalogue } from './en';

/** The languages there are, by the name they give themselves. */
export const LANGUAGES = { en: 'English', es: 'Español' } as const;
export type Language = keyof typeof LANGUAGES;

/** English comes with the page, and serves where another cannot be loaded. Others are files of their own. */
const CATALOGUES: Record<Language, () => Promise<Catalogue>> = {
  en: () => Promise.resolve(en),
  es: async () => (await import('./es')).es,
};

export function isLanguage(tag: unknown): tag is Language {
  return typeof tag === 'string' && Object.hasOwn(LANGUAGES, tag);
}

/** The best language for a list of tags, most wanted first; English where none fits. */
export function languageFor(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const short = tag.toLowerCase().split('-')[0];
    if (isLanguage(short)) return short;
  }
  return 'en';
}

/** What the browser asks for, most wanted first. */
export function wantedTags(): readonly string[] {
  return typeof navigator === 'undefined' ? [] : navigator.languages;
}

/** Dates follow the reader's own region where it speaks the page's language (en-GB writes "12 Mar", en-US "Mar 12"). */
function localeOf(language: Language): string {
  const region = wantedTags().find((tag) => languageFor([tag]) === language && tag.toLowerCase().startsWith(language));
  return region ?? (language === 'en' ? 'en-GB' : language);
}

function spoken(language: Language, catalogue: Catalogue, locale: string) {
  return {
    language,
    locale,
    catalogue,
    plural: new Intl.PluralRules(locale),
    ordinal: new Intl.PluralRules(locale, { type: 'ordinal' }),
    numbers: new Intl.NumberFormat(locale),
    plainDigits: new Intl.NumberFormat(locale, { useGrouping: false }),
    twoDigits: new Intl.NumberFormat(locale, { minimumIntegerDigits: 2, useGrouping: false }),
    days: new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' }),
    wholeDays: new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }),
    dates: new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short' }),
    times: new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' }),
    regions: new Intl.DisplayNames([locale], { type: 'region' }),
    lists: new Intl.ListFormat(locale, { style: 'long', type: 'conjunction' }),
  };
}

let now = $state.raw(spoken('en', en, localeOf('en')));

/** The language of this moment. */
export function voice(): ReturnType<typeof spoken> {
  return now;
}

/** Which language was asked for last: whatever loads later than that one is not wanted any more. */
let asked: Language = 'en';

/** Speaks a language from now on, and tells the document. Where it cannot be loaded the page goes on as it was. */
export async function speak(language: Language): Promise<void> {
  asked = language;
  const catalogue = await CATALOGUES[language]().catch(() => undefined);
  if (asked !== language) return;
  if (catalogue) now = spoken(language, catalogue, localeOf(language));
  if (typeof document === 'undefined') return;
  document.documentElement.lang = now.language;
  document.documentElement.dir = 'ltr';
}
