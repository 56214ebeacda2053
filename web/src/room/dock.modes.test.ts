import { describe, expect, test } from 'vitest';
import type { Can, MyView, RoomScene } from '../protocol/types';
import { STORIES as OTHERS } from '../stories/fixtures';
import { MODE_STORIES } from '../stories/modes';
import { dockOf, type Dock } from './dock';
import { askWord } from './dock.modes';
import type { Offer } from './offers';

function story(name: string): { scene: RoomScene; me: MyView } {
  const found = MODE_STORIES[name];
  if (found?.room.kind !== 'room') throw new Error(`there is no story ${name}`);
  return { scene: found.room, me: found.me };
}
function shown(name: string, more: Partial<MyView> = {}, change: Partial<RoomScene> = {}): Dock {
  const { scene, me } = story(name);
  return dockOf({ ...scene, ...change }, { ...me, ...more });
}
const ids = (offers: readonly Offer[]): string[] => offers.map((offer) => offer.id);
const all = (dock: Dock): Offer[] => [dock.main, dock.bar?.inside, ...dock.beside, ...dock.more].filter((offer) => offer !== undefined);

describe('one main action in every mode', () => {
  const table: [story: string, main: string | undefined, beside: string[]][] = [
    ['stick', 'ask', ['signal_me_too']],
    ['stick-holding', 'offer', ['release']],
    ['stick-offering', undefined, ['offer', 'release']],
    ['stick-declined', 'offer', ['release']],
    ['stick-offered', 'accept', ['decline']],
    ['stick-free', 'ask', ['signal_me_too']],
    ['stick-host', undefined, []],
    ['pair-speaking', 'release', ['need_more_time', 'pass']],
    ['pair-said-back', 'confirm', ['say_again', 'pass']],
    ['pair-listening', undefined, []],
    ['pair-saying-back', undefined, []],
    ['pair-therapist', undefined, ['extend_turn', 'hold_clock', 'go_on']],
    ['pair-unnamed', 'form_pair', []],
    ['pair-of-many', undefined, ['signal_me_too']],
    ['fishbowl', 'ask', ['signal_me_too']],
    ['fishbowl-inside', undefined, ['pass']],
    ['fishbowl-seat', 'release', ['need_more_time']],
    ['fishbowl-unnamed', 'set_inner', []],
    ['silence', undefined, []],
    ['silence-staff', 'next_step', []],
  ];
  test.each(table)('%s', (name, main, beside) => {
    const dock = shown(name);
    expect([dock.main?.id, ids(dock.beside)]).toEqual([main, beside]);
  });
  test('and every state of these modes is in the table or said to be like one that is', () => {
    const like = ['fishbowl-open', 'fishbowl-staff', 'silence-over', 'round-staff'];
    expect(Object.keys(MODE_STORIES).sort()).toEqual([...table.map(([name]) => name), ...like].sort());
  });
});

test('nothing is offered that is not in `can`, nothing twice, and every label is a whole sentence’s part', () => {
  const needs: Record<string, Can> = { open_write: 'write_instead', open_ask: 'ask', open_revoke: 'revoke', open_call: 'call', open_floor: 'set_floor', signal_me_too: 'signal', signal_slower: 'signal', signal_need_break: 'signal' };
  for (const [name, { room, me }] of Object.entries(MODE_STORIES)) {
    if (room.kind !== 'room') continue;
    // Whoever may do nothing is offered nothing, in every state.
    for (const who of [me, { ...me, can: [] }]) {
      const offers = all(dockOf(room, who));
      for (const offer of offers) {
        expect(who.can, `${name}: ${offer.id}`).toContain(needs[offer.id] ?? offer.id);
        expect(`${offer.label}${offer.note ?? ''}${offer.spoken ?? ''}`, name).not.toMatch(/[{}]/);
      }
      expect(new Set(ids(offers)).size, name).toBe(offers.length);
    }
  }
});

describe('the stick', () => {
  test('a no says, before it is pressed, who learns of it: the one who offers, and whoever leads', () => {
    const no = shown('stick-offered').beside.find((offer) => offer.id === 'decline');
    expect([no?.label, no?.note]).toEqual(['No, thank you', 'only you, Rosa and the hosts see this']);
    expect(no?.spoken).toBe('No, thank you. Only you, Rosa and the hosts see this.');
  });
  test('in a pause the stick cannot be taken, but it can be declined', () => {
    const dock = shown('stick-offered', { can: ['decline', 'signal'] }, { stand: { stand: 'paused', by: 'pa_1', since: 0, until: null, time_out: false } });
    expect([dock.main, ids(dock.beside)]).toEqual([undefined, ['decline']]);
  });
  test('where nobody could be asked, laying it down is what there is to do', () => {
    expect(shown('stick-holding', { can: ['release'] }).main?.id).toBe('release');
  });
  test('what lies free is picked up, what is held is asked for', () => {
    const { scene } = story('stick-free');
    expect(askWord(scene)).toBe('Pick up the stick');
    expect(askWord({ ...scene, floor: { ...scene.floor, advance: 'chair' } })).toBe('Ask for the stick');
    expect(askWord(story('stick').scene)).toBe('Ask for the stick');
  });
  test('a host does not take it out of somebody’s hand with the main button', () => {
    const dock = shown('stick-host');
    expect(dock.main).toBeUndefined();
    expect(ids(dock.more)).toContain('go_on');
  });
  test('a host who is offered the stick takes it or declines like anybody else', () => {
    const dock = shown('stick-host', { offered_by: 'pa_0000000000000000000000000000001f', can: ['accept', 'decline', 'set_floor', 'next_step'] });
    expect([dock.main?.id, ids(dock.beside)]).toEqual(['accept', ['decline']]);
  });
});

describe('the pair', () => {
  test('the two read no “next”: they alternate', () => {
    expect(shown('pair-listening').bar).toBeUndefined();
    expect(shown('pair-listening').said).toBe('Listen for what matters to Noor. You say it back afterwards.');
  });
  test('no partner’s dock says how long anybody has spoken', () => {
    for (const name of ['pair-speaking', 'pair-said-back', 'pair-listening', 'pair-saying-back']) {
      const dock = shown(name);
      expect(JSON.stringify([dock.said, all(dock).map((offer) => offer.label)]), name).not.toMatch(/\d/);
    }
  });
});

test('silence asks nothing of anybody, and keeps places', () => {
  expect(shown('silence').said).toBe('Nobody speaks, and nothing is asked of you.');
  expect(shown('silence-over', { can: ['cancel_request', 'signal'] })).toMatchObject({ said: 'Nobody speaks. Your place in line is kept.', bar: undefined });
  expect(ids(shown('silence-over', { can: ['cancel_request', 'signal'] }).more)).toEqual(['cancel_request', 'signal_slower', 'signal_need_break']);
});

test('a round is begun by choosing its order', () => {
  const begin = all(shown('round-staff')).find((offer) => offer.id === 'start_round');
  expect(begin?.does).toEqual({ opens: 'round' });
});

test('the stories of these modes and the others have different names', () => {
  expect(Object.keys(MODE_STORIES).filter((name) => name in OTHERS)).toEqual([]);
});
