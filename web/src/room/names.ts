// Names of people who sit in another circle just now. A view names only those in sight: whoever went to a side room still reads by name
// who was told, and a facilitator who visits a small circle still reads by name who asks for them elsewhere.
//
// Kept in memory and nowhere else, for as long as one room is open. A name that was erased is forgotten here with the next view.
import type { ParticipantId, RoomView } from '../protocol/types';

const known = new Map<ParticipantId, string>();

export function rememberNames(room: RoomView): void {
  if (room.kind !== 'room') return;
  for (const { participant, name } of room.seats) {
    if (name === null) known.delete(participant);
    else known.set(participant, name);
  }
}
export function forgetNames(): void {
  known.clear();
}
export function knownName(who: ParticipantId | null | undefined): string | undefined {
  return who == null ? undefined : known.get(who);
}
