// Español: el registro firmado, para quienes dirigen.
import type { log as english } from './en.log';

export const log = {
  'log.first': 'Este navegador vigila desde ahora el registro de la consulta',
  'log.fits': 'El registro de la consulta sigue desde donde este navegador lo vio la última vez',
  'log.help':
    'Todo lo que ocurre en una sala deja una marca en un registro firmado, sin nombres ni palabras. Este navegador guarda el último sello del registro y comprueba cada vez que vuelves que nada anterior haya cambiado. Si quieres, guarda el sello también en otro lugar.',
  'log.size': '{count} marcas hasta ahora. La clave propia del registro:',
  'log.download': 'Descargar el sello',
  'log.alarm': 'El registro de esta consulta no concuerda con lo que este navegador vio antes',
  'log.why.unsigned': 'El servidor mostró un registro cuya firma no es correcta.',
  'log.why.other_key': 'El servidor mostró un registro firmado con otra clave que antes.',
  'log.why.shorter': 'El registro es más corto que la última vez que estuviste aquí. Falta algo que se había registrado.',
  'log.why.rewritten': 'Algo que se registró antes de tu última visita ya no es lo que era.',
  'log.means':
    'O bien el servidor se recuperó de una copia más antigua, o alguien cambió o quitó lo que estaba registrado. De tu lado no hay ningún error, y nada de lo que hiciste lo causó.',
  'log.tell':
    'Descarga ahora los dos archivos y guárdalos: juntos lo demuestran. Después avisa a la persona responsable de la protección de datos en tu consulta, y no solo a quien lleva el servidor. Pregunta si se restauró una copia, y cuándo.',
  'log.download_kept': 'Descargar lo que guardó este navegador',
  'log.download_shown': 'Descargar lo que muestra ahora el servidor',
  'log.go_on_help':
    'Puedes seguir: quizá haya gente esperándote. Esta página vuelve cada vez hasta que se aclare. Empieza de nuevo solo cuando sepas qué ocurrió.',
  'log.go_on': 'Seguir por ahora',
  'log.anew': 'Está aclarado: empezar de nuevo desde el registro actual',
} satisfies Record<keyof typeof english, string>;
