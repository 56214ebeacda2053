// Español: a qué da su acuerdo cada persona, qué retira y qué ven de ello quienes facilitan.
import type { consent as english } from './en.consent';

export const consent = {
  'consent.title': 'A qué das tu acuerdo',
  'consent.help': 'Puedes decir sí o no a cada cosa. Un sí se puede retirar en cualquier momento, aquí, pulsando una vez.',
  'consent.recording': 'Aquí no se graba nada, por eso nadie te pregunta por ello.',
  'consent.give': 'Doy mi acuerdo',
  'consent.withdraw': 'Retirarlo',
  'consent.open': 'Todavía no has dicho nada.',
  'consent.given': 'Diste tu acuerdo el {day}, {time}.',
  'consent.taken_back': 'Lo retiraste el {day}, {time}.',
  'consent.outdated': 'Diste tu acuerdo a un texto anterior. Este es nuevo.',
  'consent.purpose.measures': 'Preguntas sobre cómo estás',
  'consent.purpose.notes': 'Lo que se escribe y leen todas las personas aquí',
  'consent.purpose.supervision': 'Alguien escucha para ayudar a quienes facilitan',
  'consent.purpose.disclosure': 'Tus datos salen de este lugar',
  'consent.after.measures': 'Después no se te pregunta nada más. Lo que respondiste se queda hasta que pidas que se borre.',
  'consent.after.notes': 'Después lees y no escribes. Lo que escribiste se queda hasta que lo retires o pidas que se borre.',
  'consent.after.supervision': 'Quien escucha se va enseguida. Las demás personas ven que se ha ido.',
  'consent.after.disclosure': 'Desde entonces no sale nada. Lo que ya salió no se puede traer de vuelta.',
  'consent.staff_title': 'Quién ha dado su acuerdo y a qué',
  'consent.said.open': 'aún no ha dicho nada',
  'consent.said.given': 'sí, {day} (texto {version})',
  'consent.said.taken_back': 'retirado, {day} (texto {version})',
  'consent.said.outdated': 'sí a un texto anterior, {day} (texto {version})',
  'consent.notes_first': 'Aquí lees. Para escribir, da antes tu acuerdo: está entre las personas.',
} satisfies Record<keyof typeof english, string>;
