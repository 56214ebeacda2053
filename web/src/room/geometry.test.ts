import { describe, expect, test } from 'vitest';
import { alongRim, coupleOrder, leanOf, place, reachOf, turned, type Point, type Rim } from './geometry';

function rim(stage: Parameters<typeof place>[0]): Rim {
  const placed = place(stage);
  if (placed.form !== 'rim') throw new Error('expected a rim');
  return placed;
}
const apart = (p: Point | undefined, q: Point | undefined): number => Math.hypot((p?.x ?? 0) - (q?.x ?? 0), (p?.y ?? 0) - (q?.y ?? 0));

describe('the rim of a wide stage', () => {
  test('eight people at 1440 × 900 stand as drawn', () => {
    const placed = rim({ width: 660, height: 692, count: 8, phone: false });
    expect(placed.seat).toBe(104);
    expect([placed.a, placed.b]).toEqual([264, 264]);
    expect(placed.seats[0]).toEqual({ x: 330, y: 588 });
    expect(placed.disc).toEqual({ centre: { x: 330, y: 338 }, rx: 134, ry: 134 });
    expect(placed.holder).toBeCloseTo(126.9, 1);
  });

  test('a couple’s table stands in a window of 1280 × 800, beside the facilitators’ side too', () => {
    for (const [width, height] of [[828, 480], [500, 560]] as const) {
      const { disc, seats, seat } = rim({ width, height, count: 3, phone: false, couple: true });
      for (const at of seats) {
        expect(apart(at, disc.centre)).toBeGreaterThan(Math.min(disc.rx, disc.ry) + seat / 2);
        expect(at.x).toBeGreaterThanOrEqual(seat / 2);
        expect(at.x).toBeLessThanOrEqual(width - seat / 2);
      }
    }
  });

  test('on a phone a couple’s table needs no room for a seat at six o’clock, and stands in the middle', () => {
    const low = rim({ width: 390, height: 300, count: 3, phone: true, couple: true });
    expect(low.disc.centre.y + low.disc.ry).toBeLessThanOrEqual(300);
    expect(place({ width: 390, height: 300, count: 3, phone: true }).form).toBe('list');
    const high = rim({ width: 390, height: 500, count: 3, phone: true, couple: true });
    expect(high.seats[1]?.y).toBeGreaterThan(60);
    expect(high.disc.centre.y + high.disc.ry).toBeLessThan(440);
  });

  test('the first seat is at six o’clock and the order runs clockwise', () => {
    const { centre, seats } = rim({ width: 660, height: 692, count: 4, phone: false });
    const [six, nine, twelve, three] = seats;
    expect(six?.y).toBeGreaterThan(centre.y);
    expect(nine?.x).toBeLessThan(centre.x);
    expect(twelve?.y).toBeLessThan(centre.y);
    expect(three?.x).toBeGreaterThan(centre.x);
  });

  test('up to ten stand on a circle, more on an ellipse no wider than 1.45', () => {
    expect(rim({ width: 900, height: 692, count: 10, phone: false }).a).toBe(rim({ width: 900, height: 692, count: 10, phone: false }).b);
    const twelve = rim({ width: 1100, height: 692, count: 12, phone: false });
    expect(twelve.a).toBeGreaterThan(twelve.b);
    expect(twelve.a / twelve.b).toBeLessThanOrEqual(1.45 + 1e-9);
  });

  test('nobody leaves the stage, nobody overlaps, whatever the size', () => {
    for (let count = 2; count <= 16; count++) {
      for (const [width, height] of [[660, 692], [1000, 640], [724, 560], [1100, 900]] as const) {
        const placed = place({ width, height, count, phone: false });
        if (placed.form === 'list') continue;
        for (const seat of placed.seats) {
          expect(seat.x - placed.seat / 2).toBeGreaterThanOrEqual(0);
          expect(seat.x + placed.seat / 2).toBeLessThanOrEqual(width);
          expect(seat.y - placed.seat / 2).toBeGreaterThanOrEqual(0);
          expect(seat.y + placed.seat / 2).toBeLessThanOrEqual(height);
        }
        placed.seats.forEach((seat, k) => {
          const next = placed.seats[(k + 1) % count];
          expect(apart(seat, next), `${count} at ${width}×${height}`).toBeGreaterThan(placed.seat);
        });
      }
    }
  });

  test('seats on an ellipse are equally far apart along the rim', () => {
    const points = alongRim({ x: 0, y: 0 }, 360, 250, 24);
    const gaps = points.map((point, k) => apart(point, points[(k + 1) % 24]));
    expect(Math.max(...gaps) / Math.min(...gaps)).toBeLessThan(1.02);
  });

  test('the holder grows where there is room under the seat for the words, and keeps a seat’s size where a neighbour is', () => {
    const twelve = rim({ width: 988, height: 692, count: 12, phone: false });
    expect(twelve.holder).toBeGreaterThan(twelve.seat);
    const tight = rim({ width: 500, height: 556, count: 12, phone: false });
    expect(tight.holder).toBe(tight.seat);
  });

  test('a name takes two lines where there is room for them, and never reaches into a neighbour’s', () => {
    const eight = rim({ width: 660, height: 692, count: 8, phone: false });
    for (const name of eight.names) expect(name).toEqual({ width: 148, lines: 2 });
    const tight = rim({ width: 500, height: 556, count: 12, phone: false });
    expect(tight.names[3]?.lines).toBe(1);
    expect(tight.names[3]?.width).toBe(148);
    expect(tight.names[6]?.width).toBeLessThan(apart(tight.seats[6], tight.seats[7]));
  });

  test('a seat is a multiple of four between 48 and 128', () => {
    for (let count = 1; count <= 24; count++) {
      const placed = place({ width: 900, height: 800, count, phone: false });
      if (placed.form === 'list') continue;
      expect(placed.seat % 4).toBe(0);
      expect(placed.seat).toBeGreaterThanOrEqual(48);
      expect(placed.seat).toBeLessThanOrEqual(128);
    }
  });
});

describe('the rim of a phone', () => {
  test('eight people at 390 px stand as drawn', () => {
    const placed = rim({ width: 390, height: 480, count: 8, phone: true });
    expect([placed.seat, placed.a, placed.b]).toEqual([56, 152, 172]);
    expect(placed.centre).toEqual({ x: 195, y: 206 });
    expect(placed.disc.rx).toBe(104);
    expect(placed.holder).toBe(128);
  });

  test('a shorter stage flattens the rim, a very short one becomes a list', () => {
    expect(rim({ width: 390, height: 400, count: 8, phone: true }).b).toBeLessThan(172);
    expect(place({ width: 320, height: 200, count: 8, phone: true })).toEqual({ form: 'list' });
  });
});

describe('whether there is room for a rim', () => {
  const WIDTHS = [500, 620, 660, 720, 828, 988, 1140];
  const PHONES = [320, 360, 390, 430];
  const HEIGHTS = Array.from({ length: 24 }, (_, k) => 250 + 20 * k);
  const isRim = (width: number, height: number, count: number, phone: boolean, couple = false): boolean => place({ width, height, count, phone, couple }).form === 'rim';

  test('one person less never needs more of it, on any stage', () => {
    for (const [widths, phone] of [[WIDTHS, false], [PHONES, true]] as const) {
      for (const width of widths) {
        for (const height of HEIGHTS) {
          for (let count = 2; count <= 16; count++) {
            if (isRim(width, height, count, phone)) expect(isRim(width, height, count - 1, phone, count - 1 === 2), `${count - 1} at ${width}×${height}`).toBe(true);
          }
        }
      }
    }
  });

  test('a higher stage never loses it: there is one height from which on it is a rim', () => {
    for (const [widths, phone] of [[WIDTHS, false], [PHONES, true]] as const) {
      for (const width of widths) {
        for (let count = 1; count <= 16; count++) {
          const first = HEIGHTS.findIndex((height) => isRim(width, height, count, phone));
          if (first >= 0) expect(HEIGHTS.slice(first).every((height) => isRim(width, height, count, phone)), `${count} at ${width}`).toBe(true);
        }
      }
    }
  });

  test('in a window of 1280 × 800 there is, for one to twelve people, beside the facilitators’ side too, with twenty pixels to spare', () => {
    // What is left beside the header, the voices, and a dock: of one row, with a sentence that wraps, with one card above it, of two rows.
    for (const height of [540, 530, 492, 476]) {
      for (const width of [500, 828]) {
        for (let count = 1; count <= 12; count++) expect(isRim(width, height - 20, count, false), `${count} at ${width}×${height}`).toBe(true);
      }
    }
  });

  test('on a phone there is, below a card above the dock', () => {
    for (let count = 1; count <= 12; count++) expect(isRim(390, 378 - 20, count, true), `${count}`).toBe(true);
  });
});

test('a stage without room for the question becomes a list', () => {
  expect(place({ width: 700, height: 330, count: 8, phone: false })).toEqual({ form: 'list' });
  expect(place({ width: 0, height: 0, count: 8, phone: false })).toEqual({ form: 'list' });
});

test('the circle is turned, never reordered', () => {
  expect(turned(['a', 'b', 'c', 'd'], (seat) => seat === 'c')).toEqual(['c', 'd', 'a', 'b']);
  expect(turned(['a', 'b'], () => false)).toEqual(['a', 'b']);
});

test('partners sit at nine and three, the third seat at twelve', () => {
  const member = (seat: string): boolean => seat !== 'helen';
  expect(coupleOrder(['noor', 'tomasz', 'helen'], member)).toEqual(['noor', 'helen', 'tomasz']);
  const { centre, seats } = rim({ width: 1000, height: 600, count: 3, phone: false, couple: true });
  expect(seats[0]?.y).toBe(centre.y);
  expect(seats[1]?.x).toBe(centre.x);
  expect(seats[2]?.y).toBe(centre.y);
});

describe('words under a seat', () => {
  const stage = { width: 390, height: 470, phone: true };
  /** Where a word of a width ends up under a seat: between which two points. */
  const under = (placed: Rim, k: number, width: number): { left: number; right: number; at: Point } => {
    const at = placed.seats[k] ?? { x: 0, y: 0 };
    const middle = at.x + leanOf(reachOf(placed, stage.width, at, placed.seat / 2 + 4, placed.seat / 2 + 26), width);
    return { left: middle - width / 2, right: middle + width / 2, at };
  };

  test('stay in the window, whoever sits where', () => {
    for (let count = 2; count <= 12; count++) {
      const placed = rim({ ...stage, count });
      placed.seats.forEach((_, k) => {
        const { left, right } = under(placed, k, 80);
        expect(left, `${count}, ${k}`).toBeGreaterThanOrEqual(0);
        expect(right, `${count}, ${k}`).toBeLessThanOrEqual(stage.width);
      });
    }
  });

  test('lean away from the floor beside them, and only as far as they need', () => {
    const placed = rim({ ...stage, count: 8 });
    const upperLeft = 3;
    const long = under(placed, upperLeft, 80);
    const floorAt = placed.disc.centre.x - Math.sqrt(placed.disc.rx ** 2 - (placed.disc.centre.y - long.at.y - placed.seat / 2 - 26) ** 2);
    expect(long.right).toBeCloseTo(floorAt - 6, 6);
    const short = under(placed, upperLeft, 30);
    expect((short.left + short.right) / 2).toBeCloseTo(short.at.x, 6);
  });
});
