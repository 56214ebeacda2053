/**
 * The golden fixtures of `protocol/fixtures`, read by the page's own code. That each fits its schema and its type is tested in
 * `protocol/typegen`; that the server reads and writes them, in `protocol/tests/fixtures`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readFrame, writeFrame, type NoteOp } from '../notes/frame';
import { answerTo } from './closing';
import { SUBPROTOCOL } from './connection';
import { CLOSE_CODES, SUBPROTOCOL as AGREED_SUBPROTOCOL, type NoteRef } from './types';

interface Frame {
  op: NoteOp;
  note: NoteRef;
  reference: number;
  payload: string;
  frame: string;
}

interface Close {
  name: keyof typeof CLOSE_CODES;
  code: number;
  reason: string;
}

function fixtures<T>(folder: string): [name: string, value: T][] {
  const path = fileURLToPath(new URL(`../../../protocol/fixtures/${folder}`, import.meta.url));
  return readdirSync(path).map((file) => [
    file.replace(/\.json$/, ''),
    JSON.parse(readFileSync(`${path}/${file}`, 'utf8')) as T,
  ]);
}

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (data: Uint8Array) => Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('');

describe('note frames', () => {
  const all = fixtures<Frame>('note');
  const good = all.filter(([name]) => !name.startsWith('bad.'));
  const bad = all.filter(([name]) => name.startsWith('bad.'));

  it.each(good)('%s is read and written as the server does it', (_, { op, note, reference, payload, frame }) => {
    const read = readFrame(bytes(frame));
    expect(read && { ...read, payload: hex(read.payload) }).toEqual({ op, note, reference, payload });
    expect(hex(writeFrame({ op, note, reference, payload: bytes(payload) }))).toBe(frame);
  });

  it.each(bad)('%s is no frame', (_, { frame }) => {
    expect(readFrame(bytes(frame))).toBeNull();
  });

  it('there are both kinds', () => {
    expect([good.length > 4, bad.length > 4]).toEqual([true, true]);
  });
});

describe('closes', () => {
  const STAYS_AWAY: Close['name'][] = ['normal', 'login_ended', 'removed', 'nothing_kept', 'too_many_connections'];

  it.each(fixtures<Close>('close'))('%s: the page stays away exactly where it should', (_, { name, code, reason }) => {
    expect(CLOSE_CODES[name]).toBe(code);
    expect(answerTo(code, reason).kind === 'end').toBe(STAYS_AWAY.includes(name));
  });

  it('a restart is waited for as long as it says', () => {
    const restarting = fixtures<Close>('close').find(([name]) => name === 'restarting')?.[1];
    expect(answerTo(restarting?.code ?? 0, restarting?.reason ?? '')).toEqual({ kind: 'retry_after', ms: 1500 });
  });
});

it('the page offers the subprotocol that the server answers with', () => {
  expect(SUBPROTOCOL).toBe(AGREED_SUBPROTOCOL);
});
