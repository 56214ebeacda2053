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

/** The first facilitator, with a group: gives the cookie and the room. */
export async function signsUp({ url, secret }) {
  const post = async (path, body, cookie) => {
    const headers = { 'content-type': 'application/json', origin: url, ...(cookie ? { cookie } : {}) };
    const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return answer;
  };
  const first = await post('/api/first-run', { bootstrap: secret, name: 'Ana', email: 'ana@practice.example', passphrase: 'four unrelated quiet words' });
  const cookie = first.headers.getSetCookie()[0].split(';')[0];
  const { recovery_key: key } = await first.json();
  await post('/api/recovery/confirm', { last_group: key.split(/[\s-]+/).at(-1) }, cookie);
  const { room } = await (await post('/api/groups', { title: 'Tuesdays', pack: 'group-ipt-8', language: 'en', starts_on: null }, cookie)).json();
  return { cookie, room };
}
