// Where the inner circle of a fishbowl stands: a small rim inside the floor, the open seat at six o'clock, nearest to whoever looks.
//
// Pure numbers. People inside follow clockwise in the circle's own order.
import type { Point } from './geometry';

export interface Inner {
  /** A seat's diameter. */
  readonly seat: number;
  /** The open seat first, then the people inside. Points are from the floor's own middle. */
  readonly seats: readonly Point[];
  /** Words under a seat may be this wide before they meet the next seat's. */
  readonly words: number;
}

/** One line of a name under a seat. */
const LABEL = 20;
/** Air between the seats and the floor's edge. */
const EDGE = 8;
const SEAT_MAX = 84;
const SEAT_MIN = 36;
const STEP = 4;

/** Places for the open seat and `people` around it in a floor of this radius; nothing where they would not fit with their names. */
export function placeInner(radius: number, people: number): Inner | undefined {
  const count = people + 1;
  for (let seat = SEAT_MAX; seat >= SEAT_MIN; seat -= STEP) {
    const rim = radius - EDGE - seat / 2 - LABEL / 2;
    const apart = count === 1 ? Infinity : 2 * rim * Math.sin(Math.PI / count);
    if (rim <= 0 || apart < seat + LABEL + 2) continue;
    const seats = Array.from({ length: count }, (_, k) => {
      const turn = (2 * Math.PI * k) / count;
      // The words hang under the seats: the whole stands half a line higher.
      return { x: -rim * Math.sin(turn), y: rim * Math.cos(turn) - LABEL / 2 };
    });
    return { seat, seats, words: Math.min(108, count === 1 ? 108 : Math.max(seat + 12, apart)) };
  }
  return undefined;
}
