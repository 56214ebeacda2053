// Somebody who does not use the page: forms, messages and note frames as they like, in the name of whoever is signed in to that browser.
import { randomBytes } from 'node:crypto';

const KINDS = ['course', 'session', 'facilitators'];
/** The head of a note frame, as protocol/src/wire/note.rs has it. */
function frame(op, note, reference, payload = new Uint8Array()) {
  const bytes = Buffer.alloc(8 + payload.length);
  bytes.writeUInt8(op, 0);
  bytes.writeUInt8(KINDS.indexOf(note.note), 1);
  bytes.writeUInt16BE(note.session ?? 0, 2);
  bytes.writeUInt32BE(reference, 4);
  bytes.set(payload, 8);
  return bytes.toString('base64');
}
const OPEN = 1;
const UPDATE = 3;

export class Raw {
  #page;

  /** From a tab of their own, which shows nothing: what is sent comes from the server's own origin and with the browser's cookies. */
  static async of(who, url) {
    const raw = new Raw();
    raw.#page = await who.context.newPage();
    await raw.#page.goto(`${url}/healthz`);
    return raw;
  }

  /** A form, as an object or as the very text. Gives status and answer. */
  post(path, body) {
    return this.ask('POST', path, typeof body === 'string' ? body : JSON.stringify(body));
  }
  /** Many forms to one address, one after the other, in one go. */
  postAll(path, bodies) {
    return this.#page.evaluate(async ([path, bodies]) => {
      const answers = [];
      for (const body of bodies) {
        const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
        const text = await answer.text();
        answers.push({ status: answer.status, body: text === '' ? null : JSON.parse(text) });
      }
      return answers;
    }, [path, bodies]);
  }
  ask(method, path, body) {
    return this.#page.evaluate(async ([method, path, body]) => {
      const answer = await fetch(path, { method, headers: { 'content-type': 'application/json' }, ...(body === undefined ? {} : { body }) });
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
    }, [method, path, body]);
  }

  /** Opens a line to the room; resolves with the own id once the room has said who they are. */
  async enter(room) {
    return this.#page.evaluate(async (room) => {
      const asked = await fetch(`/api/rooms/${room}/ticket`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
      const { ticket } = await asked.json();
      const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/api/rooms/${room}/ws`, ['rondo.1', ticket]);
      socket.binaryType = 'arraybuffer';
      const waiting = new Map();
      const settle = (key, what) => (waiting.get(key)?.(what), waiting.delete(key));
      const answer = (key) => new Promise((resolve, reject) => {
        waiting.set(key, resolve);
        setTimeout(() => reject(new Error(`no answer to ${key}`)), 15_000);
      });
      window.line = { socket, answer, me: undefined, view: undefined };
      socket.onmessage = ({ data }) => {
        if (typeof data !== 'string') {
          const head = new DataView(data);
          return settle(`note ${head.getUint8(0) === 2 ? 'open' : head.getUint8(0) === 4 ? head.getUint32(4) : 'other'}`, 'saved');
        }
        const said = JSON.parse(data);
        if (said.type === 'welcome') settle('welcome', said.you);
        else if (said.type === 'accepted') settle(said.id, 'accepted');
        else if (said.type === 'refused') settle(said.id ?? 'unread', said.refusal.code);
        else if (said.type === 'note_refused') settle(`note ${said.reference === 0 ? 'open' : said.reference}`, said.refusal.code);
        else if (said.type === 'view') window.line.view = said;
      };
      setInterval(() => socket.send(JSON.stringify({ type: 'ping', at: 1 })), 15_000);
      return (window.line.me = await answer('welcome'));
    }, room);
  }

  /** What the room last showed this line. */
  view() {
    return this.#page.evaluate(() => window.line.view);
  }

  /** Actions, one after the other; gives "accepted" or the refusal's code for each. */
  acts(actions) {
    const said = actions.map((action) => ({ type: 'act', id: `cm_${randomBytes(16).toString('hex')}`, action }));
    return this.says(said.map((one) => [one.id, JSON.stringify(one)]));
  }
  /** The same, however many: a line takes so many messages a second, and whoever was too fast says it again a moment later. */
  async patiently(actions) {
    const answers = [];
    for (const action of actions) {
      let [answer] = await this.acts([action]);
      while (answer === 'too_fast') {
        await this.#page.evaluate(() => new Promise((later) => setTimeout(later, 500)));
        [answer] = await this.acts([action]);
      }
      answers.push(answer);
    }
    return answers;
  }
  /** One action that must be accepted. */
  async does(action) {
    const [answer] = await this.patiently([action]);
    if (answer !== 'accepted') throw new Error(`${JSON.stringify(action)}: ${answer}`);
  }
  /** Very texts, each with the id under which its answer comes. */
  says(texts) {
    return this.#page.evaluate(async (texts) => {
      const answers = [];
      for (const [id, text] of texts) {
        const answer = window.line.answer(id);
        window.line.socket.send(text);
        answers.push(await answer);
      }
      return answers;
    }, texts);
  }

  /** Opens a note under this client id, and sends updates to it as they are; gives "saved" or the refusal's code for each. */
  async writes(note, client, updates) {
    const frames = [['open', frame(OPEN, note, client)], ...updates.map((update, k) => [k + 1, frame(UPDATE, note, k + 1, update)])];
    const [opened, ...answers] = await this.#page.evaluate(async (frames) => {
      const answers = [];
      for (const [reference, bytes] of frames) {
        const answer = window.line.answer(`note ${reference}`);
        window.line.socket.send(Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0)));
        answers.push(await answer);
      }
      return answers;
    }, frames);
    if (opened !== 'saved') throw new Error(`the note does not open: ${opened}`);
    return answers;
  }
}
