// A network between browsers and the server, in user space: it loses datagrams, lets them overtake one another, doubles them, closes altogether, or
// gives every browser another address at the server, as a router does that forgot.
import { createSocket } from 'node:dgram';

/** How late a datagram is that was overtaken: two frames of sound. */
const LATE_MS = 40;

/** A UDP port that is free just now. */
export async function freePort() {
  const socket = await bound('127.0.0.1', 0);
  const { port } = socket.address();
  await new Promise((resolve) => socket.close(resolve));
  return port;
}

function bound(host, port) {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(port, host, () => resolve(socket));
  });
}

export class Path {
  /** Of a hundred datagrams, so many are lost, late, doubled; `closed`: nothing comes through. */
  weather = { lost: 0, late: 0, doubled: 0, closed: false };
  happened = { passed: 0, lost: 0, late: 0, doubled: 0 };
  #near;
  #ways = new Map();
  #there;
  #dice = 19;

  /** The near end at `host`, with the same port as the server's. */
  static async to(host, there) {
    const path = new Path();
    path.#there = there;
    path.#near = await bound(host, there.port);
    path.#near.on('message', (bytes, from) => void path.#goes(bytes, from));
    return path;
  }

  async #goes(bytes, from) {
    const name = `${from.address}:${from.port}`;
    let way = this.#ways.get(name);
    if (way === undefined) {
      way = bound('127.0.0.1', 0).then((socket) => socket.on('message', (back) => this.#passes(back, this.#near, from)));
      this.#ways.set(name, way);
    }
    this.#passes(bytes, await way, this.#there);
  }

  /** The same dice in every run. */
  #falls(ofHundred) {
    this.#dice = (Math.imul(this.#dice, 1_664_525) + 1_013_904_223) >>> 0;
    return (this.#dice / 2 ** 32) * 100 < ofHundred;
  }

  #passes(bytes, over, { address, port }) {
    const { lost, late, doubled, closed } = this.weather;
    if (closed || this.#falls(lost)) {
      this.happened.lost += 1;
      return;
    }
    this.happened.passed += 1;
    const send = () => over.send(bytes, port, address, () => {});
    if (this.#falls(doubled)) {
      this.happened.doubled += 1;
      send();
    }
    if (this.#falls(late)) {
      this.happened.late += 1;
      setTimeout(send, LATE_MS);
    } else {
      send();
    }
  }

  /** From now on every browser has another address at the server. */
  async moves() {
    const before = [...this.#ways.values()];
    this.#ways.clear();
    for (const way of before) (await way).close();
  }

  async ends() {
    await this.moves();
    this.#near.close();
  }
}
