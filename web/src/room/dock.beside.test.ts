import { describe, expect, test } from 'vitest';
import type { Can, MyView, RoomScene } from '../protocol/types';
import { BESIDE_STORIES } from '../stories/beside';
import { ELLA, STORIES, me as person, scene as plain, turnOf } from '../stories/fixtures';
import { MODE_STORIES } from '../stories/modes';
import { dockOf, type Dock } from './dock';
import type { Offer } from './offers';

function story(name: string): { scene: RoomScene; me: MyView } {
  const found = BESIDE_STORIES[name];
  if (found?.room.kind !== 'room') throw new Error(`there is no story ${name}`);
  return { scene: found.room, me: found.me };
}
function shown(name: string, more: Partial<MyView> = {}, change: Partial<RoomScene> = {}): Dock {
  const { scene, me } = story(name);
  return dockOf({ ...scene, ...change }, { ...me, ...more });
}
const ids = (offers: readonly Offer[]): string[] => offers.map((offer) => offer.id);
const all = (dock: Dock): Offer[] => [dock.main, dock.bar?.inside, ...dock.beside, ...dock.more].filter((offer) => offer !== undefined);
const CAN: Can[] = ['not_ok', 'step_out'];

test('nothing is offered that is not in `can`, and nothing twice', () => {
  const needs: Record<string, Can> = { open_write: 'write_instead', open_ask: 'ask', open_revoke: 'revoke', open_call: 'call', open_floor: 'set_floor', signal_me_too: 'signal', signal_slower: 'signal', signal_need_break: 'signal', time_out_5: 'time_out', time_out_15: 'time_out', open_on_call: 'escalate' };
  for (const [name, { room, me }] of Object.entries(BESIDE_STORIES)) {
    if (room.kind !== 'room') continue;
    for (const who of [me, { ...me, can: [] }]) {
      const offers = all(dockOf(room, who));
      // What says that nobody is on call is no action: it opens a sentence.
      const asked = offers.filter((offer) => offer.id !== 'open_on_call' || who.on_call?.named !== false);
      for (const offer of asked) expect(who.can, `${name}: ${offer.id}`).toContain(needs[offer.id] ?? offer.id);
      expect(new Set(ids(offers)).size, name).toBe(offers.length);
    }
  }
});

test('a time-out is offered with its length, where the room offers one', () => {
  const dock = dockOf(plain({}, { turn: turnOf(ELLA, 60) }), person(ELLA, ['time_out', 'not_ok']));
  const outs = dock.more.filter((offer) => offer.id.startsWith('time_out'));
  expect(outs.map((offer) => [offer.label, offer.note])).toEqual([
    ['Time-out of 5 minutes', 'Everybody reads when it ends'],
    ['Time-out of 15 minutes', 'Everybody reads when it ends'],
  ]);
  expect(ids(dockOf(plain(), person(ELLA, ['not_ok'])).more)).toEqual(['not_ok']);
});

describe('“I am not OK” and stepping out', () => {
  test('are within two presses in every state of the room, for everybody who can', () => {
    for (const [name, { room, me }] of Object.entries({ ...STORIES, ...MODE_STORIES, ...BESIDE_STORIES })) {
      if (room.kind !== 'room') continue;
      const offers = ids(dockOf(room, { ...me, can: [...new Set([...me.can, ...CAN])] }).more);
      expect(offers, name).toContain('not_ok');
      if (room.beside?.kind !== 'side') expect(offers, name).toContain('step_out');
    }
  });
  test('in one’s own turn, in a pause and without a facilitator too', () => {
    const own = dockOf(plain({}, { turn: turnOf(ELLA, 60) }), person(ELLA, ['release', 'signal', ...CAN], { holding: true }));
    expect(ids(own.more)).toEqual(['step_out', 'not_ok']);
    for (const stand of [{ stand: 'paused', by: ELLA, since: 0, until: null, time_out: false }, { stand: 'held', since: 0, long: false, contact: null }, { stand: 'lobby' }] as const) {
      expect(ids(dockOf(plain({ stand }), person(ELLA, CAN)).more), stand.stand).toContain('not_ok');
    }
  });
  test('are never the main thing, and say who learns of it', () => {
    const dock = shown('not-ok-at-hand');
    expect(dock.main?.id).toBe('ask');
    expect(dock.more.find((offer) => offer.id === 'not_ok')?.note).toBe('Tells the facilitators, nobody else');
  });
});

describe('a side room', () => {
  test('the way back comes first, then company; nothing of the floor', () => {
    const dock = shown('aside');
    expect([dock.main?.id, ids(dock.beside), dock.said]).toEqual(['go_back', ['call_help'], 'You are in a quiet room. Your place is kept.']);
    expect(ids(all(dock))).not.toContain('ask');
  });
  test('a pause of the room does not keep anybody there', () => {
    expect(shown('aside', {}, { stand: { stand: 'paused', by: ELLA, since: 0, until: null, time_out: false } }).main?.id).toBe('go_back');
  });
  test('who is there is said, and that someone was asked', () => {
    expect(shown('aside-with').said).toBe('You are in a quiet room with Jonas. Your place is kept.');
    expect(shown('aside-help').said).toBe('You asked for someone to come. They were told.');
  });
  test('a facilitator who is there keeps everything, behind the way back', () => {
    const dock = shown('aside-visit');
    expect([dock.main?.id, dock.said]).toEqual(['go_back', 'You are with Ella just now. The circle goes on without you.']);
    expect(ids(dock.more)).toContain('next_step');
  });
});

describe('a small circle', () => {
  test('the floor is as elsewhere; the way back and help are at hand', () => {
    const dock = shown('circle2');
    expect(dock.main?.id).toBe('ask');
    expect(ids(dock.more)).toEqual(expect.arrayContaining(['call_help', 'go_back', 'step_out', 'not_ok']));
  });
  test('called back, the way there comes first', () => {
    expect(shown('circle2-called').main?.id).toBe('go_back');
  });
  test('but not for somebody who is speaking', () => {
    const dock = shown('circle2-called', { holding: true, can: ['release', 'go_back'] });
    expect([dock.main?.id, ids(dock.more)]).toEqual(['release', ['go_back']]);
  });
});

test('the way on skips what is left out today', () => {
  expect(shown('plan', { can: ['next_step'] }, { floor: { ...story('plan').scene.floor, turn: null } }).main?.label).toBe('Go on to Try-outs');
});
