import { beforeEach, describe, expect, it } from 'vitest';
import { COMMAND_LIFE_MS, Connection, MOST_PENDING_COMMANDS, type ActResult, type Line, type Socket } from './connection';
import type { MyView, RoomView } from './types';

const ROOM = `rm_${'0'.repeat(32)}`;
const HEARTBEAT_SECONDS = 10;

/** A socket whose other end is the test. */
class FakeSocket implements Socket {
  binaryType = 'blob';
  readonly protocol = 'rondo.1';
  onopen: Socket['onopen'] = null;
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;
  closed = false;
  readonly sent: (string | Uint8Array)[] = [];
  constructor(
    readonly path: string,
    readonly subprotocols: string[],
  ) {}
  send(data: string | Uint8Array<ArrayBuffer>) {
    this.sent.push(data);
  }
  close() {
    this.closed = true;
  }
  says(message: unknown) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  closesWith(code: number, reason = '') {
    this.onclose?.({ code, reason });
  }
  welcomes(now = 0) {
    this.says({ type: 'welcome', wire: 1, room: ROOM, you: 'pa_ana', now, heartbeat_seconds: HEARTBEAT_SECONDS, media: false });
  }
  get commands() {
    return this.messages.filter((message) => message.type === 'act');
  }
  get pings() {
    return this.messages.filter((message) => message.type === 'ping').length;
  }
  get messages(): { type: string; id?: string; action?: unknown }[] {
    return this.sent.filter((data) => typeof data === 'string').map((data) => JSON.parse(data));
  }
}

/** A world in which the test is time, chance, network and server. */
class World {
  at = 1_000;
  #timers: { id: number; due: number; run: () => void }[] = [];
  #ids = 0;
  #bytes = 0;
  chance = 0.5;
  readonly sockets: FakeSocket[] = [];
  tickets = 0;
  noTicket: unknown = null;
  wake = () => {};
  readonly lines: Line[] = [];
  readonly connection = new Connection({
    room: ROOM,
    ticket: async () => {
      this.tickets += 1;
      if (this.noTicket !== null) throw this.noTicket;
      return { ticket: `ticket-${this.tickets}` };
    },
    open: (path, subprotocols) => {
      const socket = new FakeSocket(path, subprotocols);
      this.sockets.push(socket);
      return socket;
    },
    timers: {
      set: (run, ms) => {
        this.#ids += 1;
        this.#timers.push({ id: this.#ids, due: this.at + ms, run });
        return this.#ids;
      },
      clear: (id) => {
        this.#timers = this.#timers.filter((timer) => timer.id !== id);
      },
    },
    wakes: {
      onWake: (run) => {
        this.wake = run;
        return () => {
          this.wake = () => {};
        };
      },
    },
    now: () => this.at,
    chance: () => this.chance,
    randomBytes: (bytes) => {
      this.#bytes += 1;
      bytes.fill(this.#bytes);
    },
  });

  constructor() {
    this.connection.line.subscribe((line) => this.lines.push(line));
  }
  get line() {
    return this.connection.line.value;
  }
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('no socket was opened');
    return socket;
  }
  get timers() {
    return this.#timers.length;
  }
  /** Lets promises that are settled run on. */
  async settle() {
    for (let i = 0; i < 8; i += 1) await Promise.resolve();
  }
  /** Time passes; timers run in order, promises in between. */
  async passes(ms: number) {
    const until = this.at + ms;
    for (;;) {
      await this.settle();
      const next = this.#timers.filter((timer) => timer.due <= until).sort((a, b) => a.due - b.due || a.id - b.id)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.at = Math.max(this.at, next.due);
      next.run();
    }
    this.at = until;
    await this.settle();
  }
  async starts() {
    this.connection.start();
    await this.settle();
  }
  async goesLive() {
    await this.starts();
    this.socket.welcomes();
    await this.settle();
  }
}

const room = (name: string) => ({ kind: 'waiting', facilitator_present: name === 'yes' }) as RoomView;
const me = {} as MyView;
const view = (seq: number, name = 'no') => ({ type: 'view', seq, room: room(name), me });

let world: World;
beforeEach(() => {
  world = new World();
});

describe('opening', () => {
  it('a ticket is fetched for every try and rides as the second subprotocol', async () => {
    await world.starts();
    expect(world.socket.path).toBe(`/api/rooms/${ROOM}/ws`);
    expect(world.socket.subprotocols).toEqual(['rondo.1', 'ticket-1']);
    expect(world.socket.binaryType).toBe('arraybuffer');
    world.socket.closesWith(1006);
    await world.passes(1000);
    expect(world.socket.subprotocols).toEqual(['rondo.1', 'ticket-2']);
  });

  it('the line is live from the welcome on, not from the open socket', async () => {
    await world.starts();
    expect(world.line.state).toBe('connecting');
    world.socket.welcomes();
    expect(world.line).toEqual({ state: 'live' });
    expect(world.connection.you.value).toBe('pa_ana');
  });

  it('a server that takes the socket and says nothing is given up', async () => {
    await world.starts();
    await world.passes(10_500);
    expect(world.sockets).toHaveLength(2);
    expect(world.sockets[0]?.closed).toBe(true);
  });

  it('a welcome to another room or in another wire ends the connection', async () => {
    await world.starts();
    world.socket.says({ type: 'welcome', wire: 2, room: ROOM, you: 'pa_ana', now: 0, heartbeat_seconds: 10, media: false });
    expect(world.line).toEqual({ state: 'ended', reason: 'outdated' });
  });

  it('a login that ended is not knocked at again', async () => {
    world.noTicket = { code: 'signed_out' };
    await world.starts();
    expect(world.line).toEqual({ state: 'ended', reason: 'signed_out' });
    await world.passes(120_000);
    expect(world.tickets).toBe(1);
  });

  it('a server that cannot be reached is tried again for as long as it takes', async () => {
    world.noTicket = { code: 'unreachable' };
    await world.starts();
    await world.passes(600_000);
    expect(world.tickets).toBeGreaterThan(30);
    world.noTicket = null;
    await world.passes(20_000);
    world.socket.welcomes();
    expect(world.line.state).toBe('live');
  });
});

describe('views', () => {
  it('the latest view replaces the whole of the one before', async () => {
    await world.goesLive();
    world.socket.says(view(1, 'no'));
    world.socket.says(view(2, 'yes'));
    expect(world.connection.view.value).toEqual({ seq: 2, room: room('yes'), me });
  });

  it('an older view on the same socket is not shown', async () => {
    await world.goesLive();
    world.socket.says(view(7, 'yes'));
    world.socket.says(view(6, 'no'));
    expect(world.connection.view.value?.room).toEqual(room('yes'));
  });

  it('a view of the same number is newer: what is private moves no number', async () => {
    await world.goesLive();
    world.socket.says(view(7, 'no'));
    world.socket.says(view(7, 'yes'));
    expect(world.connection.view.value?.room).toEqual(room('yes'));
  });

  it('a new socket may begin at any position, and the old view stays until then', async () => {
    await world.goesLive();
    world.socket.says(view(7, 'yes'));
    world.socket.closesWith(4410);
    expect(world.connection.view.value?.seq).toBe(7);
    await world.passes(1000);
    world.socket.welcomes();
    world.socket.says(view(3, 'no'));
    expect(world.connection.view.value?.seq).toBe(3);
  });

  it('what an old socket still says is not heard', async () => {
    await world.goesLive();
    const old = world.socket;
    const stillHears = old.onmessage;
    old.closesWith(1006);
    await world.passes(1000);
    world.socket.welcomes();
    stillHears?.({ data: JSON.stringify(view(9, 'yes')) });
    expect(world.connection.view.value).toBeNull();
  });
});

describe('commands', () => {
  it('a command is named by 128 random bits and answered with its position', async () => {
    await world.goesLive();
    const done = world.connection.act({ do: 'pass' });
    expect(world.socket.commands).toEqual([{ type: 'act', id: `cm_${'01'.repeat(16)}`, action: { do: 'pass' } }]);
    world.socket.says({ type: 'accepted', id: `cm_${'01'.repeat(16)}`, seq: 12 });
    expect(await done).toEqual({ seq: 12 });
  });

  it('a refusal is an answer, not an error', async () => {
    await world.goesLive();
    const done = world.connection.act({ do: 'release' });
    const refusal = { code: 'not_your_turn', sentence: 'It is not your turn.' };
    world.socket.says({ type: 'refused', id: world.socket.commands[0]?.id, refusal });
    expect(await done).toEqual(refusal);
  });

  it('an unanswered command goes out again under the same name after each drop, until it is answered', async () => {
    await world.goesLive();
    const done = world.connection.act({ do: 'pass' });
    const [first] = world.socket.commands;
    for (let drops = 0; drops < 3; drops += 1) {
      world.socket.closesWith(1006);
      await world.passes(2000);
      world.socket.welcomes();
      expect(world.socket.commands).toEqual([first]);
    }
    world.socket.says({ type: 'accepted', id: first?.id, seq: 5 });
    expect(await done).toEqual({ seq: 5 });
    world.socket.closesWith(1006);
    await world.passes(2000);
    world.socket.welcomes();
    expect(world.socket.commands).toEqual([]);
  });

  it('commands given while the line is down go out in the order in which they were given', async () => {
    await world.goesLive();
    world.socket.closesWith(1006);
    void world.connection.act({ do: 'come_back' });
    void world.connection.act({ do: 'pass' });
    await world.passes(1000);
    expect(world.socket.commands).toEqual([]);
    world.socket.welcomes();
    expect(world.socket.commands.map((message) => message.action)).toEqual([{ do: 'come_back' }, { do: 'pass' }]);
  });

  it('more than a handful of unanswered commands is refused, not piled up', async () => {
    await world.goesLive();
    for (let i = 0; i < MOST_PENDING_COMMANDS; i += 1) void world.connection.act({ do: 'pass' });
    expect(await world.connection.act({ do: 'pass' })).toMatchObject({ code: 'too_fast' });
    expect(world.socket.commands).toHaveLength(MOST_PENDING_COMMANDS);
  });

  it('a press is meant for the room as it was seen: after its life it is given up and said so', async () => {
    await world.goesLive();
    let result: ActResult | undefined;
    void world.connection.act({ do: 'go_on' }).then((answer) => (result = answer));
    world.socket.closesWith(1006);
    world.noTicket = { code: 'unreachable' };
    await world.passes(COMMAND_LIFE_MS - 1);
    expect(result).toBeUndefined();
    await world.passes(1);
    expect(result).toMatchObject({ code: 'unavailable' });
    world.noTicket = null;
    await world.passes(20_000);
    world.socket.welcomes();
    expect(world.socket.commands).toEqual([]);
  });

  it('when the connection ends, nobody is left waiting for an answer', async () => {
    await world.goesLive();
    const done = world.connection.act({ do: 'pass' });
    world.socket.closesWith(4403);
    expect(await done).toMatchObject({ code: 'unavailable' });
    expect(await world.connection.act({ do: 'pass' })).toMatchObject({ code: 'unavailable' });
  });

  it('a passing sign is not kept for later', async () => {
    await world.goesLive();
    expect(world.connection.signal('me_too')).toBe(true);
    world.socket.closesWith(1006);
    expect(world.connection.signal('me_too')).toBe(false);
    await world.passes(1000);
    world.socket.welcomes();
    expect(world.socket.messages.filter((message) => message.type === 'signal')).toEqual([]);
  });
});

describe('the heartbeat', () => {
  const beat = HEARTBEAT_SECONDS * 1000;
  const pong = () => world.socket.says({ type: 'pong', at: world.at, now: world.at });

  it('a ping goes out at the welcome and at every heartbeat', async () => {
    await world.goesLive();
    for (let beats = 0; beats < 5; beats += 1) {
      expect(world.socket.pings).toBe(beats + 1);
      pong();
      await world.passes(beat);
    }
  });

  it('a line that dies is noticed within two heartbeats', async () => {
    await world.goesLive();
    pong();
    // The worst moment: right after an answered ping.
    await world.passes(2 * beat - 1);
    expect(world.line.state).toBe('live');
    await world.passes(1);
    expect(world.line.state).toBe('dropped');
    expect(world.sockets[0]?.closed).toBe(true);
  });

  it('any sign of life counts, not only pongs', async () => {
    await world.goesLive();
    for (let beats = 0; beats < 5; beats += 1) {
      world.socket.says(view(beats));
      await world.passes(beat);
      expect(world.line.state).toBe('live');
    }
  });

  it('the pong sets the clock', async () => {
    await world.starts();
    world.socket.welcomes(500_000);
    expect(world.connection.clock.offset.value).toBe(500_000 - world.at);
    world.at += 100;
    world.socket.says({ type: 'pong', at: world.at - 100, now: 600_000 });
    expect(world.connection.clock.now()).toBe(600_050);
  });

  it('a page that wakes asks at once and waits only a moment for a sign', async () => {
    await world.goesLive();
    pong();
    await world.passes(1000);
    world.wake();
    expect(world.socket.pings).toBe(2);
    await world.passes(4000);
    expect(world.line.state).toBe('dropped');
  });

  it('a page that wakes on a good line keeps it', async () => {
    await world.goesLive();
    pong();
    world.wake();
    pong();
    await world.passes(beat);
    expect(world.line.state).toBe('live');
    expect(world.sockets).toHaveLength(1);
    pong();
    await world.passes(beat);
    expect(world.socket.pings).toBeGreaterThanOrEqual(3);
  });
});

describe('coming back', () => {
  it('the page is told since when the line is down, once for the whole outage', async () => {
    await world.goesLive();
    const since = world.at;
    world.socket.closesWith(1006);
    await world.passes(5000);
    world.socket.closesWith(1006);
    expect(world.line).toMatchObject({ state: 'dropped', since });
  });

  it('waking up tries at once instead of waiting for the timer', async () => {
    world.chance = 0.99;
    await world.goesLive();
    world.noTicket = { code: 'unreachable' };
    world.socket.closesWith(1006);
    await world.passes(20_000);
    world.noTicket = null;
    const before = world.sockets.length;
    world.wake();
    await world.settle();
    expect(world.sockets).toHaveLength(before + 1);
  });

  it('a planned restart is waited out for as long as the server asked', async () => {
    world.chance = 0;
    await world.goesLive();
    world.socket.closesWith(1012, '3000');
    await world.passes(2999);
    expect(world.sockets).toHaveLength(1);
    await world.passes(1);
    expect(world.sockets).toHaveLength(2);
  });

  it.each([
    [4401, 'signed_out'],
    [4403, 'removed'],
    [4413, 'too_many_connections'],
    [1000, 'left'],
  ])('after %i the page stays away', async (code, reason) => {
    await world.goesLive();
    world.socket.closesWith(code);
    expect(world.line).toEqual({ state: 'ended', reason });
    await world.passes(600_000);
    world.wake();
    await world.settle();
    expect(world.sockets).toHaveLength(1);
    expect(world.timers).toBe(0);
  });

  it.each([1002, 1007, 1009])('a fault of ours (%i) is tried three times and then said', async (code) => {
    await world.goesLive();
    for (let faults = 0; faults < 3; faults += 1) {
      world.socket.closesWith(code);
      await world.passes(9000);
      if (faults < 2) world.socket.welcomes();
    }
    expect(world.line).toEqual({ state: 'ended', reason: 'broken' });
    expect(world.sockets).toHaveLength(3);
  });

  it('faults long apart are not added up', async () => {
    await world.goesLive();
    for (let faults = 0; faults < 6; faults += 1) {
      world.socket.says(view(1));
      await world.passes(10_000);
      world.socket.closesWith(1002);
      await world.passes(9000);
      world.socket.welcomes();
    }
    expect(world.line.state).toBe('live');
  });

  it('a server that dies at every hello is tried less and less often', async () => {
    world.chance = 0.99;
    await world.goesLive();
    for (let i = 0; i < 200 && world.at < 300_000; i += 1) {
      world.socket.welcomes();
      world.socket.closesWith(1006);
      const before = world.sockets.length;
      while (world.sockets.length === before) await world.passes(100);
    }
    expect(world.sockets.length).toBeLessThan(30);
  });

  it('after a steady line the first wait is short again', async () => {
    world.chance = 0.99;
    await world.goesLive();
    world.noTicket = { code: 'unreachable' };
    world.socket.closesWith(1006);
    await world.passes(60_000);
    world.noTicket = null;
    await world.passes(15_000);
    world.socket.welcomes();
    world.socket.says(view(1));
    await world.passes(10_000);
    const before = world.sockets.length;
    world.socket.closesWith(1006);
    await world.passes(500);
    expect(world.sockets).toHaveLength(before + 1);
  });

  it('a message that cannot be read is a fault', async () => {
    await world.goesLive();
    world.socket.onmessage?.({ data: '{"type":7}' });
    expect(world.line.state).toBe('dropped');
  });

  it('a message that only a later release knows is passed over', async () => {
    await world.goesLive();
    world.socket.onmessage?.({ data: '{"type":"sudo"}' });
    expect(world.line.state).toBe('live');
  });

  it('leaving closes the line, tells everybody and lets every timer go', async () => {
    await world.goesLive();
    const { socket } = world;
    world.connection.leave();
    expect(socket.closed).toBe(true);
    expect(world.line).toEqual({ state: 'ended', reason: 'left' });
    expect(world.timers).toBe(0);
  });

  it('after an end it can be started anew', async () => {
    await world.goesLive();
    world.socket.closesWith(4401);
    world.connection.start();
    await world.settle();
    world.socket.welcomes();
    expect(world.line.state).toBe('live');
  });
});

describe('notes', () => {
  it('binary frames go to the notes, and only to a live line', async () => {
    const heard: number[][] = [];
    world.connection.onNoteFrame((frame) => heard.push([...frame]));
    expect(world.connection.sendNote(new Uint8Array([1]))).toBe(false);
    await world.goesLive();
    world.socket.onmessage?.({ data: new Uint8Array([4, 0, 0, 0]).buffer });
    expect(heard).toEqual([[4, 0, 0, 0]]);
    expect(world.connection.sendNote(new Uint8Array([1, 2]))).toBe(true);
    expect(world.socket.sent.at(-1)).toEqual(new Uint8Array([1, 2]));
  });

  it('a refused note is told to the notes', async () => {
    const heard: unknown[] = [];
    world.connection.onNoteRefused(({ note, reference }) => heard.push([note, reference]));
    await world.goesLive();
    world.socket.says({ type: 'note_refused', note: { note: 'course' }, reference: 3, refusal: { code: 'note_locked', sentence: '' } });
    expect(heard).toEqual([[{ note: 'course' }, 3]]);
  });
});
