// How one person likes the page. Kept in this browser, because a preference is the only thing the page may keep.
import { isLanguage, languageFor, speak, wantedTags, type Language } from '../i18n';

export type Theme = 'system' | 'light' | 'dark';
export type Motion = 'system' | 'less';
export type Spacing = 'normal' | 'wide';

/** The page's language: the browser's own, until one is chosen. */
export type Speaks = 'system' | Language;

const KEY = 'preferences';

interface Kept {
  theme: Theme;
  motion: Motion;
  spacing: Spacing;
  language: Speaks;
  /** Show the step's countdown; off until asked for. */
  stepCountdown: boolean;
  /** Never show one's own picture. */
  hideSelf: boolean;
  /** In a silence: show a breath to breathe along with; ring a bell at both ends. Off until asked for. */
  breath: boolean;
  bell: boolean;
  /** For those who lead: a sound when somebody comes to the door. Off until asked for. */
  knock: boolean;
  /** Be heard only while a key is held. Off until asked for. */
  talkKey: boolean;
  /** Captions of what the others say, where this device can make them. Off until asked for. */
  captions: boolean;
}

const DEFAULTS: Kept = { theme: 'system', motion: 'system', spacing: 'normal', language: 'system', stepCountdown: false, hideSelf: false, breath: false, bell: false, knock: false, talkKey: false, captions: false };

/** Reads what was kept; anything unreadable counts as never chosen. */
export function readKept(text: string | null): Kept {
  const kept: Kept = { ...DEFAULTS };
  if (text === null) return kept;
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found !== 'object' || found === null) return kept;
    const got = found as Record<string, unknown>;
    if (got.theme === 'light' || got.theme === 'dark') kept.theme = got.theme;
    if (got.motion === 'less') kept.motion = 'less';
    if (got.spacing === 'wide') kept.spacing = 'wide';
    if (isLanguage(got.language)) kept.language = got.language;
    kept.stepCountdown = got.stepCountdown === true;
    kept.hideSelf = got.hideSelf === true;
    kept.breath = got.breath === true;
    kept.bell = got.bell === true;
    kept.knock = got.knock === true;
    kept.talkKey = got.talkKey === true;
    kept.captions = got.captions === true;
  } catch {
    // Not ours, or cut short: the defaults serve.
  }
  return kept;
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // Storage is switched off; the page works without.
  }
}

class Preferences {
  #kept = $state<Kept>(readKept(stored()));
  #systemLess = $state(matches('(prefers-reduced-motion: reduce)'));

  get theme(): Theme {
    return this.#kept.theme;
  }
  get motion(): Motion {
    return this.#kept.motion;
  }
  get spacing(): Spacing {
    return this.#kept.spacing;
  }
  get language(): Speaks {
    return this.#kept.language;
  }
  /** The language that follows from the choice, or from what the browser asks for. */
  get speaks(): Language {
    return this.#kept.language === 'system' ? languageFor(wantedTags()) : this.#kept.language;
  }
  get stepCountdown(): boolean {
    return this.#kept.stepCountdown;
  }
  get hideSelf(): boolean {
    return this.#kept.hideSelf;
  }
  get breath(): boolean {
    return this.#kept.breath;
  }
  get bell(): boolean {
    return this.#kept.bell;
  }
  get knock(): boolean {
    return this.#kept.knock;
  }
  get talkKey(): boolean {
    return this.#kept.talkKey;
  }
  get captions(): boolean {
    return this.#kept.captions;
  }
  /** Whether movement is unwanted, by the system or by choice. */
  get lessMotion(): boolean {
    return this.#kept.motion === 'less' || this.#systemLess;
  }

  set(change: Partial<Kept>): void {
    this.#kept = { ...this.#kept, ...change };
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#kept));
    } catch {
      // Kept for this visit only.
    }
    this.apply();
    if ('language' in change) void speak(this.speaks);
  }

  /** Writes the choices onto the document, where the tokens follow them. */
  apply(): void {
    const root = document.documentElement;
    const dark = this.theme === 'dark' || (this.theme === 'system' && matches('(prefers-color-scheme: dark)'));
    root.dataset.theme = dark ? 'dark' : 'light';
    root.dataset.motion = this.lessMotion ? 'less' : 'full';
    root.dataset.spacing = this.spacing;
  }

  /** Follows the system while the person has chosen nothing. */
  follow(): void {
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.apply());
    matchMedia('(prefers-reduced-motion: reduce)').addEventListener('change', (change) => {
      this.#systemLess = change.matches;
      this.apply();
    });
  }
}

function matches(query: string): boolean {
  return typeof matchMedia === 'function' && matchMedia(query).matches;
}

export const preferences = new Preferences();
