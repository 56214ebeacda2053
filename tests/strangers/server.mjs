// A server on a folder of its own, for strangers' tools: where it is, what it logged, and how somebody signs in to it without a page.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const here = fileURLToPath(new URL('.', import.meta.url));
export const tools = join(here, '../../target/strangers/bin');

export async function begin(...flags) {
  const data = mkdtempSync(join(tmpdir(), 'rondo-strangers-'));
  const env = { PATH: process.env.PATH, RONDO_LISTEN: '127.0.0.1:0', RONDO_DATA: data, RONDO_LOG: 'warn,rondo::access=info', RONDO_LOG_FORMAT: 'json' };
  const child = spawn(join(here, '../../target/debug/rondo'), flags, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  /** Every request that the server answered, by its own log: the second witness. */
  const answered = [];
  const hear = (line) => {
    const status = /"status":\s*(\d+)/.exec(line)?.[1];
    if (status !== undefined) answered.push(Number(status));
  };
  const link = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    createInterface({ input: child.stderr }).on('line', hear);
    createInterface({ input: child.stdout }).on('line', (line) => {
      hear(line);
      const found = /(https?:\/\/[^/\s]+)\/setup#([\w-]+)/.exec(line);
      if (found) resolve({ url: found[1], secret: found[2] });
    });
  });
  const end = () => new Promise((resolve) => {
    child.removeAllListeners('exit');
    child.once('exit', () => { rmSync(data, { recursive: true, force: true }); resolve(); });
    child.kill('SIGTERM');
  });
  return { ...link, answered, end };
}

/** The first facilitator, with a group, a member's link and a second login: gives the cookie, and what the variables of addresses stand for. */
export async function signsUp({ url, secret }) {
  const ask = async (path, body, cookie) => {
    const headers = { 'content-type': 'application/json', origin: url, ...(cookie ? { cookie } : {}) };
    const answer = await fetch(url + path, { method: body ? 'POST' : 'GET', headers, body: body && JSON.stringify(body) });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return answer;
  };
  const [email, passphrase] = ['ana@practice.example', 'four unrelated quiet words'];
  const first = await ask('/api/first-run', { bootstrap: secret, name: 'Ana', email, passphrase });
  const cookie = first.headers.getSetCookie()[0].split(';')[0];
  const { recovery_key: key } = await first.json();
  await ask('/api/recovery/confirm', { last_group: key.split(/[\s-]+/).at(-1) }, cookie);
  const { room } = await (await ask('/api/groups', { title: 'Tuesdays', pack: 'group-ipt-8', language: 'en', starts_on: null }, cookie)).json();
  const { invite } = await (await ask(`/api/groups/${room}/invites`, { name: 'Ben', role: 'member' }, cookie)).json();
  await ask('/api/sign-in', { email, passphrase });
  const { logins } = await (await ask('/api/account', undefined, cookie)).json();
  const { login } = logins.find(({ current }) => !current);
  const { me } = await (await ask('/api/state', undefined, cookie)).json();
  return { cookie, names: { room, login, invite: invite.invite, participant: invite.participant, account: me.account, id: 'group-ipt-8' } };
}

/** Who the server says somebody with this cookie is: `facilitator`, `half_signed_in`, or nothing. */
export async function whose({ url }, cookie) {
  const state = await (await fetch(`${url}/api/state`, { headers: { cookie } })).json();
  return state.me?.kind;
}

/** How many of these answers there are of each hundred: `2xx 40, 4xx 300`. */
export function inHundreds(answered) {
  const by = new Map();
  for (const status of answered) by.set(`${Math.floor(status / 100)}xx`, (by.get(`${Math.floor(status / 100)}xx`) ?? 0) + 1);
  return [...by].sort().map(([hundred, times]) => `${hundred} ${times}`).join(', ');
}

/** The calls that went past the question of who asks. */
export const letIn = (answered) => answered.filter((status) => ![401, 403, 429].includes(status)).length;
