import { describe, expect, it } from 'vitest';
import { Backoff, FIRST_CEILING_MS, LAST_CEILING_MS } from './backoff';

describe('backoff', () => {
  const almostOne = () => 0.999_999;

  it('a wait lies anywhere between nothing and its ceiling', () => {
    expect(new Backoff(() => 0).next()).toBe(0);
    expect(new Backoff(() => 0.5).next()).toBe(FIRST_CEILING_MS / 2);
    expect(new Backoff(almostOne).next()).toBe(FIRST_CEILING_MS - 1);
  });

  it('the ceiling doubles with every try and stops at the last one', () => {
    const backoff = new Backoff(almostOne);
    const waits = Array.from({ length: 40 }, () => backoff.next() + 1);
    expect(waits.slice(0, 5)).toEqual([500, 1000, 2000, 4000, 8000]);
    expect(waits.slice(5)).toEqual(Array.from({ length: 35 }, () => LAST_CEILING_MS));
  });

  it('after a steady line the first wait is short again', () => {
    const backoff = new Backoff(almostOne);
    for (let i = 0; i < 6; i += 1) backoff.next();
    backoff.reset();
    expect(backoff.tries).toBe(0);
    expect(backoff.next()).toBeLessThan(FIRST_CEILING_MS);
  });

  it('a crowd that dropped together does not come back together', () => {
    const waits = new Set(Array.from({ length: 50 }, () => new Backoff().next()));
    expect(waits.size).toBeGreaterThan(10);
  });
});
