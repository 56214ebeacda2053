// After the meeting: how a member may end the hour, and whom those who lead would have a word with.
//
// A closed session's view shows who is here now, when everybody is leaving. Who stepped out or left early is what this page saw while the
// session ran; a page that came later knows less, and says nothing rather than something untrue.
import { formatList, t } from '../i18n';
import type { MyView, ParticipantId, Role, RoomScene } from '../protocol/types';
import { alarmsOf } from './alarm';
import { nameOf } from './words';

/** What a page saw of one session while it ran. */
export interface Seen {
  readonly session: number;
  readonly steppedOut: ReadonlySet<ParticipantId>;
  /** Had a line up at some time in this session. */
  readonly came: ReadonlySet<ParticipantId>;
  /** Came, and had no line up or no seat in the last view before the close. */
  readonly left: ReadonlySet<ParticipantId>;
}

const MEMBER: Role = 'member';
const LEADS: Role = 'facilitator';

/** What is known after one more view. Only a running or halted session's views teach something: after the close everybody leaves. */
export function seen(before: Seen | undefined, scene: RoomScene): Seen | undefined {
  if (scene.stand.stand === 'lobby' || scene.stand.stand === 'closed') return before;
  // In a side room or a small circle the view shows a part of the people; whoever is not in it has not left.
  if (scene.beside?.kind === 'side' || scene.beside?.kind === 'breakout') return before;
  const same = before?.session === scene.course.session ? before : undefined;
  const members = scene.seats.filter((seat) => seat.role === MEMBER);
  const here = new Set(members.filter((seat) => seat.present).map((seat) => seat.participant));
  const came = new Set([...(same?.came ?? []), ...here]);
  const steppedOut = new Set([...(same?.steppedOut ?? []), ...members.filter((seat) => seat.state === 'aside').map((seat) => seat.participant)]);
  return { session: scene.course.session, came, steppedOut, left: new Set([...came].filter((who) => !here.has(who))) };
}

/** Who does not lead and is still in the room after the close, in a sentence: what those who lead say aloud is heard by them too. */
export function stillHere(scene: RoomScene): string | undefined {
  const others = scene.seats.filter((seat) => seat.present && seat.role !== LEADS && !seat.acting);
  return others.length === 0 ? undefined : t('farewell.still_here', { names: formatList(others.map((seat) => nameOf(scene, seat.participant))) });
}

/** Who needs a word, one line for each reason, for those who lead. A circle is not measured: nobody counts who spoke in it. */
export function debrief(scene: RoomScene, me: MyView, watched: Seen | undefined): readonly string[] {
  const names = (people: Iterable<ParticipantId>): string => formatList([...new Set(people)].map((who) => nameOf(scene, who)));
  const lines: string[] = [];
  const open = alarmsOf(scene, me).map((alarm) => alarm.participant);
  if (open.length > 0) lines.push(t('farewell.open', { names: names(open) }));
  const left = watched?.left ?? new Set();
  if (left.size > 0) lines.push(t('farewell.left', { names: names(left) }));
  const out = [...(watched?.steppedOut ?? [])].filter((who) => !left.has(who));
  if (out.length > 0) lines.push(t('farewell.stepped_out', { names: names(out) }));
  const unheard = scene.course.setting === 'circle' ? [] : (scene.staff?.participation ?? []).filter((row) => row.turns === 0 && isMember(scene, row.participant)).map((row) => row.participant);
  if (unheard.length > 0) lines.push(t('farewell.unheard', { names: names(unheard) }));
  return lines;
}

function isMember(scene: RoomScene, who: ParticipantId): boolean {
  return scene.seats.some((seat) => seat.participant === who && seat.role === MEMBER);
}
