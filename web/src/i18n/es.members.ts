// Español: quienes no tienen cuenta: sus dispositivos, un PIN, cómo quieren que se hable de sí.
import type { members as english } from './en.members';

export const members = {
  'problem.pin_asked': 'Antes se te pide tu PIN.',
  'problem.wrong_pin': 'Este no es tu PIN. Después de diez intentos se cierra la sesión de este dispositivo.',

  'devices.title': 'Dispositivos y enlace',
  'devices.title_label': 'Dispositivos y enlace de {name}',
  'devices.none': 'Ningún dispositivo ha entrado con este enlace.',
  'devices.renew': 'Un enlace nuevo para la misma persona',
  'devices.renew_label': 'Un enlace nuevo para la misma persona: {name}',
  'devices.renew_help': 'El enlace anterior deja de servir, se cierran todos los dispositivos de {name} y ya no se pide ningún PIN. Lo que {name} ha dicho y escrito sigue siendo suyo.',
  'devices.renew_no': 'Dejarlo así',
  'devices.renew_yes': 'Crear el enlace nuevo',
  'devices.mine': 'Dónde está abierto tu enlace',
  'devices.mine_help': 'Si no conoces un dispositivo, ciérralo y pide un enlace nuevo a quienes facilitan.',

  'pin.title': 'Un PIN para volver',
  'pin.help': 'Si otras personas usan tu dispositivo, puedes hacer que se pida un PIN antes de abrir de nuevo este grupo. No te hace falta ninguno.',
  'pin.is_set': 'Se pide un PIN cuando un dispositivo tuyo vuelve al cabo de unas horas.',
  'pin.rules': 'De seis a doce cifras que no uses en ningún otro sitio. En tus otros dispositivos se pide desde ahora.',
  'pin.new': 'Tu PIN',
  'pin.set': 'Poner un PIN',
  'pin.change': 'Cambiar el PIN',
  'pin.remove': 'Que ya no se pida',
  'pin.keep': 'Guardarlo',
  'pin.kept': 'Guardado. Se pide cuando un dispositivo tuyo vuelve.',
  'pin.removed': 'Ya no se pide ningún PIN.',
  'pin.ask': 'Tu PIN',
  'pin.yours': 'El PIN que pusiste para este grupo',
  'pin.go': 'Seguir',
  'pin.forgotten': '¿No lo recuerdas? Quienes facilitan tu grupo pueden darte un enlace nuevo.',
  'pin.over': 'Este dispositivo ya no tiene acceso. Pide un enlace nuevo a quienes facilitan tu grupo.',

  'about.title': 'Cómo se habla de ti',
  'about.help': 'Nadie necesita que lo digas. Puedes cambiarlo o quitarlo en cualquier momento.',
  'about.pronouns': 'Tus pronombres, junto a tu nombre',
  'about.words': 'Unas palabras sobre ti',
  'about.shown': 'Puede leerlo todo el círculo. Si no, lo leen solo quienes facilitan.',
  'about.keep': 'Guardar',
  'about.kept': 'Guardado.',
  'about.bad': 'Los pronombres son unas pocas letras y no el nombre ni el papel de alguien de aquí.',
} satisfies Record<keyof typeof english, string>;
