/**
 * Checkpoints of the practice's log (C2SP tlog-checkpoint in a signed note) and the proof that a longer log begins with a shorter one
 * (RFC 6962). Everything is worked out here: the server is the one that is being checked.
 *
 * Ed25519 and SHA-256 come from small libraries and not from the browser, which offers them on secure pages only and Ed25519 not everywhere.
 */
import { hashes, verify } from '@noble/ed25519';
import { sha256, sha512 } from '@noble/hashes/sha2.js';

hashes.sha512 = sha512;

/** A log's length and root. */
export interface Head {
  size: number;
  root: Uint8Array;
}

/** Longer than any note with a few signatures of witnesses. */
const MAX_NOTE = 16 * 1024;
const ED25519 = 1;
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Strict base64; nothing for what is not. */
export function decoded(text: string): Uint8Array | undefined {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return undefined;
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  return btoa(String.fromCharCode(...bytes)) === text ? bytes : undefined;
}

export function same(one: Uint8Array, two: Uint8Array): boolean {
  return one.length === two.length && one.every((byte, at) => byte === two[at]);
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

interface Key {
  name: string;
  id: Uint8Array;
  public: Uint8Array;
}

function keyOf(text: string): Key | undefined {
  const [, name, id, coded] = /^([^\s+]+)\+([0-9a-f]{8})\+([^+].*)$/.exec(text) ?? [];
  const typed = coded === undefined ? undefined : decoded(coded);
  if (name === undefined || typed?.length !== 33 || typed[0] !== ED25519) return undefined;
  const known = sha256(joined(bytesOf(`${name}\n`), typed)).slice(0, 4);
  const hex = Array.from(known, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex === id ? { name, id: known, public: typed.slice(1) } : undefined;
}

/** What a log's key is called; nothing for what is no key. */
export function nameOf(key: string): string | undefined {
  return keyOf(key)?.name;
}

/** A checkpoint that this key signed; nothing for anything else. */
export function readCheckpoint(keyText: string, note: string): Head | undefined {
  const key = keyOf(keyText);
  const end = note.lastIndexOf('\n\n');
  if (!key || note.length > MAX_NOTE || end < 0 || !note.endsWith('\n')) return undefined;
  const text = note.slice(0, end + 1);
  let signed = false;
  for (const line of note.slice(end + 2, -1).split('\n')) {
    const [, name, coded] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? [];
    const bytes = coded === undefined ? undefined : decoded(coded);
    if (name === undefined || bytes === undefined) return undefined;
    if (name !== key.name || !same(bytes.slice(0, 4), key.id)) continue;
    if (bytes.length !== 68 || !verify(bytes.slice(4), bytesOf(text), key.public)) return undefined;
    signed = true;
  }
  const [origin, size, root] = text.split('\n');
  const hash = root === undefined ? undefined : decoded(root);
  if (!signed || origin !== key.name || size === undefined || hash?.length !== 32) return undefined;
  return /^(0|[1-9][0-9]{0,15})$/.test(size) && Number.isSafeInteger(Number(size)) ? { size: Number(size), root: hash } : undefined;
}

const node = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256(joined(Uint8Array.of(1), left, right));
const half = (number: number): number => Math.floor(number / 2);
const isOdd = (number: number): boolean => number % 2 === 1;

/** Whether the proof shows that the newer log begins with the whole older one (RFC 9162, 2.1.4.2). Lengths may be above 32 bits. */
export function isConsistent(older: Head, newer: Head, proof: Uint8Array[]): boolean {
  if (older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && same(older.root, newer.root);
  if (older.size === 0) return proof.length === 0 && same(older.root, sha256(new Uint8Array()));
  let [at, last] = [older.size - 1, newer.size - 1];
  while (isOdd(at)) [at, last] = [half(at), half(last)];
  // A log whose length is a power of two is one subtree: its root begins the proof without being said.
  const [first, ...rest] = at === 0 ? [older.root, ...proof] : proof;
  if (first === undefined) return false;
  let [old, now] = [first, first];
  for (const other of rest) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      [old, now] = [node(other, old), node(other, now)];
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      now = node(now, other);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && same(old, older.root) && same(now, newer.root);
}
