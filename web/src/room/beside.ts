// Where people are who are not in the circle that is shown, and what may be done for them.
import type { BesideView, CircleGlance, ParticipantId, RoomScene, Timestamp } from '../protocol/types';

/** The circle beside the room's own in which somebody is, as those who lead see it. */
export function circleOf(scene: RoomScene, who: ParticipantId): CircleGlance | undefined {
  return scene.staff?.circles.find((circle) => circle.people.includes(who));
}

/** Whoever leads goes by themselves; everybody else can be moved. */
export function mayBeMoved(scene: RoomScene, who: ParticipantId): boolean {
  return scene.seats.some((seat) => seat.participant === who && seat.role !== 'facilitator');
}

/** Whole minutes until everybody is called back, at least one; nothing where that is not settled. Minutes, not seconds: nobody is hurried. */
export function minutesLeft(beside: Pick<BesideView, 'ends_at'>, now: Timestamp): number | undefined {
  return beside.ends_at == null ? undefined : Math.max(1, Math.round((beside.ends_at - now) / 60_000));
}

/** People in the order in which everybody sees them sit; whoever is not in sight comes last. */
export function asSeated(scene: RoomScene, people: readonly ParticipantId[]): ParticipantId[] {
  const place = (who: ParticipantId): number => {
    const k = scene.seats.findIndex((seat) => seat.participant === who);
    return k < 0 ? scene.seats.length : k;
  };
  return people.toSorted((p, q) => place(p) - place(q));
}
