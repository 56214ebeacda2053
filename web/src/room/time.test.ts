import { describe, expect, test } from 'vitest';
import { formatClock, formatDay, formatOrdinal } from '../i18n';
import type { AgendaView, ClockView, TurnView } from '../protocol/types';
import { minutesSince, ringFraction, stepLeft, turnTime } from './time';

const turn = (clock: ClockView, more: Partial<TurnView> = {}): TurnView => ({
  turn: 'tu_1',
  holders: ['pa_1'],
  kind: 'share',
  granted_at: 0,
  limit_seconds: 120,
  clock,
  overran: false,
  wants_more: false,
  ...more,
});

describe('the time of a turn', () => {
  test('a running clock is read against its deadline', () => {
    expect(turnTime(turn({ clock: 'running', deadline: 100_000 }), 28_000)).toEqual({ kind: 'timed', seconds: 72, fraction: 0.6 });
  });
  test('the last part of a second still counts', () => {
    expect(turnTime(turn({ clock: 'running', deadline: 1 }), 0)).toMatchObject({ seconds: 1 });
  });
  test('a stopped clock stands, whatever the time is, and says why', () => {
    const stopped = turn({ clock: 'stopped', left_ms: 60_000, because: 'away' });
    expect(turnTime(stopped, 0)).toEqual(turnTime(stopped, 9_999_999));
    expect(turnTime(stopped, 0)).toEqual({ kind: 'timed', seconds: 60, fraction: 0.5, stopped: 'away' });
  });
  test('without a limit there is no countdown', () => {
    expect(turnTime(turn({ clock: 'running', deadline: null }, { limit_seconds: null }), 5)).toEqual({ kind: 'untimed' });
  });
  test('a turn whose time is up is finishing', () => {
    expect(turnTime(turn({ clock: 'running', deadline: 5 }), 5)).toEqual({ kind: 'up' });
    expect(turnTime(turn({ clock: 'running', deadline: 50 }, { overran: true }), 5)).toEqual({ kind: 'up' });
  });
});

describe('the ring', () => {
  test('is full when more time was given than the limit', () => {
    const time = turnTime(turn({ clock: 'running', deadline: 180_000 }), 0);
    expect(ringFraction(time, 120, false)).toBe(1);
  });
  test('moves in steps of ten seconds where motion is unwanted', () => {
    const at = (left: number): number => ringFraction(turnTime(turn({ clock: 'running', deadline: left * 1000 }), 0), 120, true);
    expect(at(72)).toBeCloseTo(80 / 120);
    expect(at(71)).toBe(at(79));
    expect(at(69)).toBeLessThan(at(71));
    expect(at(1)).toBeCloseTo(10 / 120);
  });
  test('is whole without a limit and empty when time is up', () => {
    expect(ringFraction({ kind: 'untimed' }, null, false)).toBe(1);
    expect(ringFraction({ kind: 'up' }, 120, true)).toBe(0);
  });
});

test('a step’s time never runs below nothing', () => {
  const none: AgendaView = { steps: [], current: null, started_at: null, ends_at: null, session_started_at: null, session_ends_at: null, projected_end: null };
  const agenda = { ...none, current: 0, ends_at: 1000 };
  expect(stepLeft(agenda, 0)).toBe(1);
  expect(stepLeft(agenda, 5000)).toBe(0);
  expect(stepLeft(none, 0)).toBeUndefined();
});

test('times, days and places are written as the language writes them', () => {
  expect([formatClock(72), formatClock(5), formatClock(0), formatClock(-3), formatClock(3725)]).toEqual(['1:12', '0:05', '0:00', '0:00', '62:05']);
  expect(formatDay('2026-03-12')).toMatch(/12/);
  expect(formatDay('soon')).toBeUndefined();
  expect([1, 2, 3, 4, 11, 12, 21, 22].map(formatOrdinal)).toEqual(['1st', '2nd', '3rd', '4th', '11th', '12th', '21st', '22nd']);
  expect(minutesSince(0, 119_999)).toBe(1);
});
