// Español. Palabras sencillas y cálidas, de tú; donde se puede, sin decir si alguien es hombre o mujer. Ninguna exclamación.
// Nobody whose language this is has read it yet. What is missing here is named by `i18n.test.ts` and by the types of each part.
import type { app as english, Catalogue } from './en';
import { account } from './es.account';
import { arrival } from './es.arrival';
import { beside } from './es.beside';
import { consent } from './es.consent';
import { course } from './es.course';
import { entry } from './es.entry';
import { log } from './es.log';
import { media } from './es.media';
import { members } from './es.members';
import { modes } from './es.modes';
import { packs } from './es.packs';
import { people } from './es.people';
import { privates } from './es.private';
import { rights } from './es.rights';
import { room } from './es.room';

const app = {
  'app.room': 'Sala',
  'app.loading': 'Un momento.',
  'app.nothing_here': 'Aquí no hay nada.',
  'app.to_start': 'Ir al inicio',
  'app.page_not_loaded': 'Esta página no se ha cargado.',
  'app.page_not_loaded_help': 'No se ha cambiado nada. Revisa tu conexión y vuelve a cargar la página.',
  'ordinal.one': '{count}.º',
  'ordinal.two': '{count}.º',
  'ordinal.few': '{count}.º',
  'ordinal.other': '{count}.º',
} satisfies Record<keyof typeof english, string>;

export const es: Catalogue = { ...app, ...room, ...modes, ...arrival, ...beside, ...course, ...entry, ...packs, ...people, ...privates, ...rights, ...account, ...log, ...consent, ...members, ...media };
