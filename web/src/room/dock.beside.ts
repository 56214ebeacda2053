// What the dock offers beside the floor: the ways that are open whatever else goes on, the way back from a side room, and for those who
// lead the small circles and "shall we go on?".
//
// Like the dock itself it invents nothing: every offer stands in `me.can`.
import { formatList, t } from '../i18n';
import type { Can, MyView, ParticipantId, RoomScene } from '../protocol/types';
import type { Dock } from './dock';
import { act, opens, picker, some, type Offer } from './offers';
import { leadersWord, leaderWord, nameOf } from './words';

/** The dock with what lies beside the circle. */
export function besides(dock: Dock, scene: RoomScene, me: MyView, can: ReadonlySet<Can>): Dock {
  const pick = picker(can);
  const kind = scene.beside?.kind ?? 'main';
  const back = pick('go_back', act('go_back', t('beside.go_back'), { do: 'go_back' }, 'return'));
  const help = pick('call_help', act('call_help', t('beside.call_help', { leader: leaderWord(scene.course) }), { do: 'call_help' }, 'hand'));
  const ways = always(scene, me, can);
  const leads = scene.staff != null;

  if (kind === 'side' && !leads) {
    // Nothing of the floor is offered in a quiet room, only the way back and a way to company.
    const signs = dock.more.filter((offer) => offer.id.startsWith('signal_'));
    return { said: asideWords(scene, me), after: undefined, bar: undefined, main: back, beside: some(help), more: [...signs, ...ways], out: false };
  }
  if (kind !== 'main' && leads) {
    const here = scene.seats.filter((seat) => seat.participant !== me.participant).map((seat) => seat.participant);
    const said = here.length > 0 ? t('beside.elsewhere', { names: names(scene, here) }) : dock.said;
    const rest = { after: undefined, bar: undefined, said, out: false };
    if (kind === 'side') return { ...rest, main: back, beside: [], more: [...some(dock.main), ...dock.beside, ...dock.more, ...led(can), ...ways] };
    // In a small circle the floor can be led as anywhere else.
    return { ...dock, said, beside: [...some(back), ...dock.beside].slice(0, 3), more: [...dock.beside.slice(back ? 2 : 3), ...dock.more, ...led(can), ...ways] };
  }
  // Called back: the way there comes first, except for somebody who is in the middle of a turn.
  if (kind === 'breakout' && scene.beside?.called_back != null && !me.holding && scene.stand.stand === 'running') {
    const more = [...some(dock.main, dock.bar?.inside), ...dock.beside, ...dock.more, ...some(help), ...ways];
    return { said: dock.said, after: undefined, bar: undefined, main: back, beside: [], more, out: false };
  }
  return { ...dock, more: [...dock.more, ...led(can), ...some(help, back), ...ways] };
}

/** How long a time-out may be asked for here, in minutes: to breathe, or to walk round the block. */
const TIME_OUTS = [5, 15] as const;

/** Open at every moment, in a pause and in one's own turn too. */
function always(scene: RoomScene, me: MyView, can: ReadonlySet<Can>): Offer[] {
  const pick = picker(can);
  const timeOut = (minutes: number): Offer => ({ ...act(`time_out_${minutes}`, t('timeout.call', { minutes: String(minutes) }), { do: 'time_out', minutes }, 'pause'), note: t('timeout.note') });
  return some(
    ...TIME_OUTS.map((minutes) => pick('time_out', timeOut(minutes))),
    pick('step_out', { ...act('step_out', t('beside.step_out'), { do: 'step_out' }, 'door'), note: t('beside.step_out_note') }),
    pick('not_ok', { ...act('not_ok', t('notok.say'), { do: 'not_ok' }, 'shelter'), note: t('notok.say_note', { leaders: leadersWord(scene.course) }) }),
    // Also where nobody is named: then the sheet says so, before somebody relies on it.
    me.on_call && (can.has('escalate') || !me.on_call.named) ? { ...opens('on_call', t('oncall.open'), 'bell'), note: me.on_call.named ? t('oncall.open_note') : t('oncall.nobody_short') } : undefined,
  );
}

/** What those who lead may begin from the dock. */
function led(can: ReadonlySet<Can>): Offer[] {
  const pick = picker(can);
  return some(pick('open_rooms', opens('rooms', t('circles.open_do'), 'people')), pick('ask_ready', act('ask_ready', t('ready.ask'), { do: 'ask_ready' }, 'check')));
}

/** What somebody reads in a side room. */
export function asideWords(scene: RoomScene, me: MyView): string {
  const others = scene.seats.filter((seat) => seat.participant !== me.participant && seat.state !== 'aside');
  if (scene.beside?.help === true) return t('beside.help_called');
  return others.length > 0 ? t('beside.quiet_with', { names: names(scene, others.map((seat) => seat.participant)) }) : t('beside.quiet');
}

function names(scene: RoomScene, people: readonly ParticipantId[]): string {
  return formatList(people.map((who) => nameOf(scene, who)));
}
