// The drawing and the words of a seat in the stick, the pair and the fishbowl, and of one whose person is elsewhere.
import { t } from '../i18n';
import type { Unheard } from '../media/unheard';
import type { RoomScene, SeatView } from '../protocol/types';
import type { IconName } from './icons';

/** The drawing of having the floor. */
export function holderIcon(scene: RoomScene): IconName {
  return scene.floor.mode === 'stick' ? 'stick' : 'mic';
}

/** The same, of somebody whose voice cannot come through: no open microphone is drawn for them. */
export function floorIcon(scene: RoomScene, unheard: Unheard | undefined): IconName {
  const icon = holderIcon(scene);
  return icon === 'mic' && unheard !== undefined ? 'mic-off' : icon;
}

/** The word under the seat that has the floor. `left` is the time, as it is read; nothing where there is no limit. */
export function holderWord(scene: RoomScene, own: boolean, left: string | undefined): string {
  switch (scene.floor.mode) {
    case 'stick':
      if (own) return t('seat.stick_own');
      return left === undefined ? t('seat.stick') : t('seat.left', { time: left });
    case 'pair':
      return left === undefined || own ? t('seat.speaker') : t('seat.speaker_left', { time: left });
    case 'fishbowl':
      return t('seat.open_seat');
    default:
      return own ? t('seat.your_turn') : left === undefined ? t('seat.floor') : t('seat.left', { time: left });
  }
}

/** The word under the seat that listens to the speaker; at the edge of a phone there is room for a short one. */
export function listenerWord(scene: RoomScene, short = false): string {
  if (!scene.floor.pair?.saying_back) return t('seat.listens');
  return short ? t('seat.says_back_short') : t('seat.says_back');
}

/** Where somebody is who has a place here and does not sit in it. While there are small circles, only facilitators know in which room. */
export function asideWord(scene: RoomScene, seat: SeatView, short = false): string {
  const circle = scene.staff?.circles.find((other) => other.people.includes(seat.participant));
  if (circle?.kind === 'breakout') return short ? t('seat.in_circle_short') : t('seat.in_circle');
  const known = circle !== undefined || scene.beside?.kind !== 'main';
  if (known) return short ? t('seat.aside_line') : t('seat.aside');
  return short ? t('seat.elsewhere_line') : t('seat.elsewhere');
}
