// Names of people who sit in another circle just now. A seat names only those in sight; the view says besides whom its own words and the
// facilitators' pane speak of, so that a page that was loaded anew in a side room has their names too.
//
// Kept in memory and nowhere else, for as long as one room is open. A name that was erased is forgotten here with the next view.
import type { MyView, ParticipantId, RoomView } from '../protocol/types';

const known = new Map<ParticipantId, string>();

export function rememberNames(room: RoomView, me?: MyView): void {
  if (room.kind !== 'room') return;
  for (const { participant, name } of room.seats) {
    if (name === null) known.delete(participant);
    else known.set(participant, name);
  }
  for (const { participant, name } of [...(room.staff?.names ?? []), ...(me?.names ?? [])]) known.set(participant, name);
}
export function forgetNames(): void {
  known.clear();
}
export function knownName(who: ParticipantId | null | undefined): string | undefined {
  return who == null ? undefined : known.get(who);
}
