import { describe, expect, test } from 'vitest';
import { placeInner, type Inner } from './bowl';

const inner = (radius: number, people: number): Inner => {
  const placed = placeInner(radius, people);
  if (!placed) throw new Error(`${people} people do not fit into ${radius}`);
  return placed;
};

test('the open seat stands nearest to whoever looks', () => {
  const { seats } = inner(134, 4);
  expect(seats).toHaveLength(5);
  expect(seats[0]?.x).toBeCloseTo(0);
  expect(Math.max(...seats.map((seat) => seat.y))).toBe(seats[0]?.y);
});

test('people follow clockwise', () => {
  const { seats } = inner(134, 3);
  expect([seats[1]?.x ?? 0, seats[3]?.x ?? 0].map(Math.sign)).toEqual([-1, 1]);
});

describe('every seat and its name stay inside, and none covers another', () => {
  test.each([1, 2, 3, 4, 5, 6].flatMap((people) => [104, 134, 160].map((radius) => [people, radius] as const)))('%i people in %i px', (people, radius) => {
    const { seat, seats } = inner(radius, people);
    for (const at of seats) {
      expect(Math.hypot(at.x, at.y) + seat / 2).toBeLessThanOrEqual(radius);
      expect(at.y + seat / 2 + 20).toBeLessThanOrEqual(radius);
      for (const other of seats) {
        if (other !== at) expect(Math.hypot(at.x - other.x, at.y - other.y)).toBeGreaterThanOrEqual(seat + 20);
      }
    }
  });
});

test('where they would not fit with their names, there are no places: the names are listed', () => {
  expect(placeInner(104, 11)).toBeUndefined();
  expect(placeInner(20, 1)).toBeUndefined();
});
