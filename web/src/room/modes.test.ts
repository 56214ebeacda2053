import { describe, expect, test } from 'vitest';
import type { RoomScene } from '../protocol/types';
import { ANA, DEV, ELLA, FARID, NOW, STAFF, scene, turnOf } from '../stories/fixtures';
import { MODE_STORIES } from '../stories/modes';
import { couldBeOffered, endsBefore, inBowl, inSilence } from './modes';
import { bellDue, BREATH_MS, breathAt, silenceLeft } from './silence';

function shown(name: string): RoomScene {
  const room = MODE_STORIES[name]?.room;
  if (room?.kind !== 'room') throw new Error(`there is no story ${name}`);
  return room;
}

describe('before the floor is shared in another way, facilitators read what ends', () => {
  const round = scene({ staff: { ...STAFF, leaving: 'round' } });
  test('a round: who had no turn in it', () => {
    expect(endsBefore(round, 'queue')).toEqual(['The round ends before these people had their turn: Ella, Farid and Dev.']);
    expect(endsBefore(scene({ staff: { ...STAFF, leaving: 'round' } }, { line: [] }), 'queue')).toEqual(['The round ends.']);
  });
  test('an offer, a pair, an inner circle', () => {
    expect(endsBefore(shown('stick-host'), 'open')).toEqual(['The stick is no longer offered to Kit.']);
    expect(endsBefore(shown('pair-therapist'), 'open')).toEqual(['The talk of the two ends: Noor and Tomasz.']);
    expect(endsBefore(shown('fishbowl-staff'), 'open')).toEqual(['The inner circle ends: Ben, Chloe and Ana.']);
  });
  test('a running turn ends with silence and with a new round, and with nothing else', () => {
    const queue = scene({ staff: STAFF }, { mode: 'queue', round_running: false });
    expect(endsBefore(queue, 'silence')).toEqual(['Ana’s turn ends.']);
    expect(endsBefore(queue, 'round', true)).toEqual(['Ana’s turn ends.']);
    expect(endsBefore(queue, 'stick')).toEqual([]);
  });
  test('nothing ends where nothing changes', () => {
    expect(endsBefore(round, 'round')).toEqual([]);
  });
});

test('the stick is offered to people who are here and can take it, and to nobody twice', () => {
  const story = MODE_STORIES['stick-holding'];
  if (!story) throw new Error('there is such a story');
  const names = (me: typeof story.me): (string | null)[] => shown('stick-holding').seats.filter((seat) => couldBeOffered(seat, me)).map((seat) => seat.name);
  expect(names(story.me)).toHaveLength(10);
  expect(names(story.me)).not.toContain('Aiko'); // her line is down
  expect(names(story.me)).not.toContain('Ella'); // that is oneself
  const kit = shown('stick-holding').seats.find((seat) => seat.name === 'Kit')?.participant;
  if (!kit) throw new Error('Kit is in the circle');
  expect(names({ ...story.me, declined_by: [kit] })).not.toContain('Kit');
  expect(names({ ...story.me, offering_to: kit })).not.toContain('Kit');
});

test('a pause is shown as a pause, in silence and around a fishbowl too', () => {
  const paused: RoomScene['stand'] = { stand: 'paused', by: ELLA, since: 0, until: null, time_out: false };
  expect([inSilence(shown('silence')), inBowl(shown('fishbowl'))]).toEqual([true, true]);
  expect([inSilence({ ...shown('silence'), stand: paused }), inBowl({ ...shown('fishbowl'), stand: paused })]).toEqual([false, false]);
});

describe('silence', () => {
  test('what is left is said in minutes, never counted down', () => {
    expect(silenceLeft(shown('silence'), NOW)).toBe('about 4 minutes left');
    expect(silenceLeft(shown('silence'), NOW + 200_000)).toBe('about a minute left');
    expect(silenceLeft(shown('silence-over'), NOW)).toBe('Its time is over. It ends when the host says so.');
  });
  test('a breath goes in for four seconds and out for six, the same for everybody', () => {
    const start = Math.floor(NOW / BREATH_MS) * BREATH_MS;
    expect([0, 3999, 4000, 9999, 10_000].map((after) => breathAt(start + after))).toEqual(['in', 'in', 'out', 'out', 'in']);
  });
  test('the bell is due at both ends, and not for who comes in between', () => {
    const talk = scene({}, { turn: turnOf(ANA, 20), line: [FARID, DEV] });
    expect([bellDue(talk, shown('silence')), bellDue(shown('silence'), talk)]).toEqual([true, true]);
    expect([bellDue(undefined, shown('silence')), bellDue(shown('silence'), shown('silence')), bellDue(talk, talk)]).toEqual([false, false, false]);
  });
});
