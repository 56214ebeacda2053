import { describe, expect, test } from 'vitest';
import type { Can, FloorView, MyView, RoomScene, StaffView } from '../protocol/types';
import { ANA, DEV, ELLA, FACILITATOR_CAN, FARID, JONAS, STAFF, STORIES, me, scene, turnOf } from '../stories/fixtures';
import { dockOf, type Dock } from './dock';

const shown = (dock: Dock): { main: string | undefined; bar: string | undefined; beside: string[]; more: string[] } => ({
  main: dock.main?.id,
  bar: dock.bar ? `${dock.bar.tone}:${dock.bar.inside?.id ?? ''}` : undefined,
  beside: dock.beside.map((offer) => offer.id),
  more: dock.more.map((offer) => offer.id),
});
const member = (can: Can[], more: Partial<MyView> = {}): MyView => me(ELLA, can, more);
const lead = (can: readonly Can[], more: Partial<MyView> = {}): MyView => me(JONAS, can, more);
const all = (floor: Partial<FloorView> = {}, change: Partial<RoomScene> = {}): RoomScene => scene({ staff: STAFF, ...change }, floor);
const QUEUE: Partial<FloorView> = { mode: 'queue', round_running: false };
const PAUSED: RoomScene['stand'] = { stand: 'paused', by: ELLA, since: 0, until: null, time_out: false };

describe('a member’s dock', () => {
  const table: [rule: string, scene: RoomScene, me: MyView, main: string | undefined, bar: string | undefined, beside: string[]][] = [
    ['free to ask', scene({}, QUEUE), member(['ask', 'pause']), 'ask', undefined, []],
    ['free to ask, with signs', scene({}, QUEUE), member(['ask', 'signal']), 'ask', undefined, ['signal_me_too']],
    ['third in line', scene({}, QUEUE), member(['cancel_request'], { place: 3 }), undefined, 'place:cancel_request', []],
    ['next in line', scene({}, QUEUE), member(['cancel_request'], { place: 1 }), undefined, 'next:cancel_request', []],
    ['next in a round', scene(), member(['pass', 'come_back', 'write_instead'], { place: 1 }), undefined, 'next:pass', ['come_back', 'open_write']],
    ['third in a round', scene(), member(['pass', 'come_back', 'write_instead'], { place: 3 }), undefined, 'place:pass', ['come_back', 'open_write']],
    ['asked where every turn is given', scene({}, { mode: 'chair', turn: null }), member(['cancel_request']), undefined, 'place:cancel_request', []],
    ['own turn', scene({}, { turn: turnOf(ELLA, 60) }), member(['release', 'need_more_time', 'pass'], { holding: true }), 'release', undefined, ['need_more_time', 'pass']],
    ['own turn, more time asked for', scene({}, { turn: turnOf(ELLA, 60) }), member(['release', 'need_more_time'], { holding: true, asked_for_more: true }), 'release', undefined, []],
    ['already spoke', scene(), member([]), undefined, undefined, []],
    ['paused by someone else', scene({ stand: PAUSED }), member(['signal']), undefined, undefined, []],
    ['paused by oneself', scene({ stand: PAUSED }), member(['resume']), 'resume', undefined, []],
    ['no facilitator here', scene({ stand: { stand: 'held', since: 0, long: false, contact: null } }), member(['signal']), undefined, undefined, []],
    ['not begun', scene({ stand: { stand: 'lobby' } }), member([]), undefined, undefined, []],
  ];
  test.each(table)('%s', (_rule, view, who, main, bar, beside) => {
    const dock = shown(dockOf(view, who));
    expect({ main: dock.main, bar: dock.bar, beside: dock.beside }).toEqual({ main, bar, beside });
  });

  test('nobody is left without a word about where they stand', () => {
    for (const state of ['passed', 'spoke', 'wrote', 'comes_back'] as const) {
      const view = scene({ seats: scene().seats.map((seat) => (seat.participant === ELLA ? { ...seat, state } : seat)) });
      expect(dockOf(view, member([])).said, state).toBeTruthy();
    }
    expect(dockOf(scene({}, QUEUE), member(['ask'], { request: { request: 'rq_1', kind: 'share', status: 'denied', note: null } })).said).toContain('Only you');
    expect(dockOf(scene(), member([], { role: 'observer' })).said).toBe('You are listening.');
    expect(dockOf(scene({ stand: { stand: 'held', since: 0, long: true, contact: null } }), member([])).said).toContain('call');
    const contact = 'the practice, 555 0100';
    expect(dockOf(scene({ stand: { stand: 'held', since: 0, long: true, contact } }), member([])).said).toContain(contact);
  });

  test('in one’s own turn nothing distracts', () => {
    expect(dockOf(scene({}, { turn: turnOf(ELLA, 60) }), member(['release', 'signal', 'ask'], { holding: true })).more).toEqual([]);
  });
});

describe('a facilitator’s dock', () => {
  const free: Partial<FloorView> = { turn: null, next: null, line: [], round_running: false };
  const table: [rule: string, scene: RoomScene, can: readonly Can[], main: string | undefined][] = [
    ['not begun', all(free, { stand: { stand: 'lobby' } }), ['start_session'], 'start_session'],
    ['someone speaks, someone is next', all(), FACILITATOR_CAN, 'go_on'],
    ['someone speaks, nobody is next', all({ next: null, line: [] }), FACILITATOR_CAN.filter((can) => can !== 'go_on'), undefined],
    ['everybody in the round was heard', all(free), ['start_round', 'next_step'], 'next_step'],
    ['nobody speaks', all({ ...free, mode: 'open' }), ['next_step', 'start_round', 'end_session'], 'next_step'],
    ['the last step is done', all({ ...free, mode: 'open' }), ['end_session'], 'end_session'],
    ['every turn is given, someone asked', STORIES.chair?.room.kind === 'room' ? STORIES.chair.room : all(), ['grant', 'next_step'], 'grant'],
    ['paused', all({}, { stand: PAUSED }), ['resume', 'keep_pause', 'go_on'], 'resume'],
  ];
  test.each(table)('%s', (_rule, view, can, main) => {
    expect(dockOf(view, lead(can)).main?.id).toBe(main);
  });

  test('one minute more and the clock stand beside the way on', () => {
    expect(shown(dockOf(all(), lead(FACILITATOR_CAN)))).toMatchObject({
      main: 'go_on',
      beside: ['extend_turn', 'hold_clock'],
      more: ['open_call', 'take_floor', 'open_revoke', 'start_round', 'open_floor', 'extend_step', 'next_step', 'end_session'],
    });
  });

  describe('before a session says the one thing that comes next', () => {
    const lobby = (...notices: StaffView['notices']): RoomScene => all(free, { stand: { stand: 'lobby' }, staff: { ...STAFF, notices } });
    const noNumbers = (...known: string[]): StaffView['notices'][number] => ({ notice: 'no_numbers', country: null, known });

    test('to begin', () => {
      const dock = dockOf(lobby(), lead(['start_session']));
      expect([dock.said, dock.main?.id]).toEqual(['Begin when everyone has settled.', 'start_session']);
    });
    test('to choose the country, with a way to it, before a second facilitator is asked for', () => {
      const dock = dockOf(lobby(noNumbers('CA', 'US'), { notice: 'needs_second' }), lead(['set_country']));
      expect(dock.said).toContain('country of this room');
      expect([dock.main?.label, dock.main?.does]).toEqual(['Choose the country …', { opens: 'country' }]);
    });
    test('to add numbers, where no country has any', () => {
      const dock = dockOf(lobby(noNumbers()), lead([]));
      expect([dock.said, dock.main]).toEqual([expect.stringContaining('numbers.toml'), undefined]);
    });
    test('to wait for a second facilitator', () => {
      const dock = dockOf(lobby({ notice: 'needs_second' }), lead([]));
      expect([dock.said, dock.main]).toEqual([expect.stringContaining('second facilitator'), undefined]);
    });
    test('and never to begin where that cannot be done', () => {
      expect(dockOf(lobby(), lead([])).said).toBeUndefined();
    });
  });

  test('a dropped line asks: wait on, or move on', () => {
    const view = all({}, { staff: { ...STAFF, suspended: { turn: 'tu_4', participant: FARID, since: 0, grace_until: 0, asked: true } } });
    const dock = dockOf(view, lead([...FACILITATOR_CAN, 'wait_on', 'move_on']));
    expect(dock.main).toBeUndefined();
    expect(dock.beside.map((offer) => offer.label)).toEqual(['Wait for Farid', 'Move on for now']);
  });

  test('after a close the next session is there, but it is not the main thing', () => {
    const view = all(free, { stand: { stand: 'lobby' } });
    expect(dockOf(view, lead(['start_session'])).main?.id).toBe('start_session');
    const after = dockOf(view, lead(['start_session']), true);
    expect([after.main, after.beside[0]?.label]).toEqual([undefined, 'Begin session 5']);
    expect(dockOf(view, member([]), true).said).toContain('You can leave now.');
  });

  test('after a close, and only then, the way out stands in everybody’s dock', () => {
    const view = all(free, { stand: { stand: 'lobby' } });
    const docks = [dockOf(view, member([]), true), dockOf(view, lead(['start_session']), true), dockOf(view, member([])), dockOf(scene(), member([]), true)];
    expect(docks.map((dock) => dock.out)).toEqual([true, true, false, false]);
  });

  test('somebody who stands in leads from the same dock', () => {
    const view = all();
    expect(dockOf(view, me(DEV, ['go_on', 'next_step'])).main?.id).toBe('go_on');
  });

  test('the way on says whom it leads to', () => {
    expect(dockOf(all(), lead(FACILITATOR_CAN)).main?.label).toBe('Go on to Ella');
    expect(dockOf(all({ ...free, mode: 'open' }), lead(['next_step'])).main?.label).toBe('Go on to Focus');
  });
});

test('nothing is offered that is not in `can`, and nothing twice', () => {
  const needs: Record<string, Can> = { open_write: 'write_instead', open_ask: 'ask', open_revoke: 'revoke', open_call: 'call', open_floor: 'set_floor', signal_me_too: 'signal', signal_slower: 'signal', signal_need_break: 'signal' };
  for (const [name, story] of Object.entries(STORIES)) {
    if (story.room.kind !== 'room') continue;
    const dock = dockOf(story.room, story.me);
    const offers = [dock.main, dock.bar?.inside, ...dock.beside, ...dock.more].filter((offer) => offer !== undefined);
    for (const offer of offers) expect(story.me.can, `${name}: ${offer.id}`).toContain(needs[offer.id] ?? offer.id);
    const ids = offers.map((offer) => offer.id);
    expect(new Set(ids).size, name).toBe(ids.length);
    expect(dock.main && dock.bar?.tone === 'next', `${name}: one main action`).toBeFalsy();
  }
});

test('a person who may do nothing is offered nothing', () => {
  for (const view of [scene(), scene({ stand: PAUSED }), scene({}, { turn: turnOf(ANA, null) })]) {
    expect(shown(dockOf(view, member([])))).toEqual({ main: undefined, bar: undefined, beside: [], more: [] });
  }
});
