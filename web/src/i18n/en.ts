// English. Words are plain and kind; sentences say what happened, what is safe, what next. No exclamation marks.
import { account } from './en.account';
import { arrival } from './en.arrival';
import { beside } from './en.beside';
import { consent } from './en.consent';
import { course } from './en.course';
import { entry } from './en.entry';
import { log } from './en.log';
import { media } from './en.media';
import { members } from './en.members';
import { modes } from './en.modes';
import { packs } from './en.packs';
import { people } from './en.people';
import { privates } from './en.private';
import { rights } from './en.rights';
import { room } from './en.room';

export const app = {
  'app.room': 'Room',
  'app.loading': 'One moment.',
  'app.nothing_here': 'There is nothing here.',
  'app.to_start': 'Go to the start',
  'app.page_not_loaded': 'This page did not load.',
  'app.page_not_loaded_help': 'Nothing was changed. Check your connection and load the page again.',
  'ordinal.one': '{count}st',
  'ordinal.two': '{count}nd',
  'ordinal.few': '{count}rd',
  'ordinal.other': '{count}th',
} as const;

export const en = { ...app, ...room, ...modes, ...arrival, ...beside, ...course, ...entry, ...packs, ...people, ...privates, ...rights, ...account, ...log, ...consent, ...members, ...media } as const;

export type Key = keyof typeof en;
/** What every other language must have. */
export type Catalogue = Record<Key, string>;
