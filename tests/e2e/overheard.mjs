// Everything that goes over one browser's WebSockets, frame by frame and both ways, made comparable between two runs of the same story.
//
// It is taken from the browser itself, below the page's own code. What must differ between two runs of one story is put into an order or
// a name, and nothing else is touched: every frame stays, in its place, with all its keys, and every text stays letter for letter.
//
// - Ids are drawn anew in each room and for each command: each becomes its number in the order of its first appearance, as long as before.
// - Moments are the server's clock: each becomes the chapter of the story in which it lies, or "later" for one still to come. A moment
//   that lies in the private chapter is therefore seen, although no run knows the clock of the other.
// - The time left on a clock that was stopped is how long somebody spoke, to the millisecond: the digits go, the key stays.
// - The heartbeat asks for the time every quarter of a minute, whatever happens: how often is how long the run took. The pairs are taken
//   out, after each was found to be one question, one answer, and not a byte more.
// - What this browser says in one go, before it hears an answer, is answered in one go or with a view in between, as the machine is quick or not:
//   such a view is left out. The one behind the last answer says the same and more.
import assert from 'node:assert/strict';

/** Ids that are drawn: people, rooms, commands. Those that are counted, like turns, must be the same. */
const ID = /\b(pa|rm|cm)_([0-9a-f]{32})\b/g;
/** A moment: a whole number of milliseconds, as a value and never inside a text. */
const MOMENT = /(?<=":)1\d{12}(?=[,}\]])/g;
const LEFT = /(?<="left_ms":)\d+(?=[,}])/g;
const VIEW = /^\{"type":"view"/;
const ACCEPTED = /^\{"type":"accepted","id":"(cm_[0-9a-f]{32})"/;
const PING = /^\{"type":"ping","at":1\d{12}\}$/;
const PONG = /^\{"type":"pong","at":1\d{12},"now":1\d{12}\}$/;
/** Two clocks of one machine may be this far apart when they are read one after the other, in milliseconds. */
const SAME_MOMENT = 2;

/** The chapters of a story, by the clock. */
export class Chapters {
  #begun = [];

  begin(name) {
    this.#begun.push({ name, at: Date.now() });
  }
  /** When a chapter began. */
  begun(name) {
    return this.#begun.find((chapter) => chapter.name === name).at;
  }
  /** The chapter in which a moment lies. */
  of(moment, heardAt) {
    if (moment > heardAt + SAME_MOMENT) return 'later';
    return this.#begun.findLast(({ at }) => at <= moment)?.name ?? 'before';
  }
}

/** Listens below the page. To be called before the page opens anything. */
export async function overhear(who) {
  const wire = { received: [], sent: [], opened: [], closed: 0 };
  const line = await who.context.newCDPSession(who.page);
  let frames = 0;
  const take = (list) => ({ response }) => list.push({ nth: (frames += 1), at: Date.now(), opcode: response.opcode, data: response.payloadData });
  line.on('Network.webSocketFrameReceived', take(wire.received));
  line.on('Network.webSocketFrameSent', take(wire.sent));
  line.on('Network.webSocketCreated', ({ url }) => wire.opened.push(new URL(url).pathname));
  line.on('Network.webSocketClosed', () => (wire.closed += 1));
  await line.send('Network.enable');
  return wire;
}

/** What was received, without the views between the answers to what was sent in one go. */
function withoutHaste(received, sent) {
  return received.filter(({ nth, data }, n) => {
    const answered = VIEW.test(data) && ACCEPTED.exec(received[n + 1]?.data)?.[1];
    return !answered || !sent.some((frame) => frame.nth < nth && frame.data.includes(answered));
  });
}

/** The traffic as it can be compared. */
export function comparable(wire, chapters) {
  const known = [];
  const heart = { asked: 0, answered: 0 };
  const plain = ({ at, opcode, data }) => {
    // A note's frames are binary, and nothing in them may be rewritten.
    if (opcode !== 1) return `${opcode} ${data}`;
    const text = data
      .replace(ID, (id, kind) => {
        const seen = known.indexOf(id);
        const n = seen >= 0 ? seen : known.push(id) - 1;
        return `${kind}_${String(n).padStart(32, '0')}`;
      })
      .replace(MOMENT, (moment) => `<${chapters.of(Number(moment), at)}>`)
      .replace(LEFT, '<left>');
    return `${opcode} ${text}`;
  };
  const beat = (pattern, count) => (frame) => !(frame.opcode === 1 && pattern.test(frame.data) && (heart[count] += 1));
  const received = withoutHaste(wire.received.filter(beat(PONG, 'answered')), wire.sent).map(plain);
  const sent = wire.sent.filter(beat(PING, 'asked')).map(plain);
  const opened = wire.opened.map((path) => path.replace(ID, 'rm'));
  assert.ok(heart.asked - heart.answered === 0 || heart.asked - heart.answered === 1, `asked ${heart.asked} times, answered ${heart.answered} times`);
  return { opened, sent, received, closed: wire.closed };
}

/** Throws at the first frame that is not the same in both, and says where it begins to differ. */
export function same(one, other, what) {
  for (const way of ['received', 'sent']) {
    for (let n = 0; n < Math.max(one[way].length, other[way].length); n += 1) {
      const [here, there] = [one[way][n], other[way][n]];
      if (here === there) continue;
      let at = 0;
      while (here?.[at] !== undefined && here[at] === there?.[at]) at += 1;
      const around = (frame) => (frame === undefined ? 'no such frame' : `…${frame.slice(Math.max(0, at - 60), at + 120)}…`);
      assert.fail(`${what}: frame ${n} ${way} differs at ${at}:\n  ${around(here)}\n  ${around(there)}`);
    }
  }
  assert.deepEqual(one, other, what);
}

/** Frames as a leak would make them, each of which the comparison must notice. `moment` is one of the private chapter. */
export function leaks(wire, moment) {
  const copy = (change) => {
    const doctored = structuredClone(wire);
    change(doctored);
    return doctored;
  };
  const kept = withoutHaste(wire.received, wire.sent);
  const views = wire.received.map((frame, n) => (VIEW.test(frame.data) && kept.includes(frame) ? n : -1)).filter((n) => n >= 0);
  const view = views[Math.floor(views.length / 2)];
  const edit = (from, to) =>
    copy(({ received }) => {
      const before = received[view].data;
      received[view].data = before.replace(from, to);
      assert.notEqual(received[view].data, before, `nothing to doctor: ${from}`);
    });
  return {
    'a frame more': copy(({ received }) => received.splice(view, 0, received[view])),
    'a frame less': copy(({ received }) => received.splice(view, 1)),
    'a number that moved on': edit(/"seq":(\d+)/, (_, seq) => `"seq":${Number(seq) + 1}`),
    'a text one letter longer': edit(/"title":"/, '"title":"x'),
    'a key more': edit(/"stand":\{/, '"stand":{"alarms":1,'),
    'a moment of the private chapter': edit(/":1\d{12}(?=[,}\]])/, `":${moment}`),
    'another person': edit(ID, (id, kind) => `${kind}_${'f'.repeat(32)}`),
    'an answer to no question': copy(({ received }) => received.push({ at: Date.now(), opcode: 1, data: '{"type":"pong","at":1800000000000,"now":1800000000000,"x":1}' })),
    'a byte of a note': copy(({ received }) => received.push({ at: Date.now(), opcode: 2, data: 'AAI=' })),
    'something sent': copy(({ sent }) => sent.push(sent.find(({ data }) => data.startsWith('{"type":"act"')))),
    'a line closed': copy((doctored) => (doctored.closed += 1)),
  };
}
