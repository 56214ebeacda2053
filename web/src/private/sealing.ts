/**
 * Process notes are sealed here, in the author's own browser; the server keeps bytes that it cannot open (decisions/0026).
 *
 * ```text
 * passphrase ─ Argon2id ─┐
 *                        ├─ opens ─ the author's key (32 random bytes) ─ HKDF ─ one AES-256-GCM key for each group and session
 * recovery code ─ HKDF ──┘
 * ```
 * The author's key is made once and never leaves this browser unsealed. Another way in (a passkey, say) is one more entry in `ways`.
 * A note's version is part of what is sealed with it, so that an older one cannot pass for a newer one under its number.
 */
import { decoded } from '../log/note';

/**
 * Argon2id, in a small library, since browsers have none. 19 MiB and two passes are OWASP's floor: about a second on a phone, once for each
 * unlocking. The sealed key lies with the server, so guessing is done there: hence a long passphrase, too.
 */
const STRETCH = { m: 19 * 1024, t: 2, p: 1, dkLen: 32 } as const;
const FORMAT = 1;
/** What each sealed text and each derived key is for. */
const NOTE_PURPOSE = 'rondo.private-note.1';
const WAY_PURPOSE = 'rondo.author-key.1';
const CODE_PURPOSE = 'rondo.author-key-code.1';
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
/** A sealed note is as long as the next multiple of this: its length says little about what was written. */
const PADDING = 512;
/** Room in the server's bound (48 KiB of base64) for padding, nonce and tag. */
export const MAX_NOTE_BYTES = 35 * 1024;
/** The signs of a recovery code leave out I, L, O and U, which are misread. */
const SIGNS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_SIGNS = 32;

/** One way to the author's key. */
interface Way {
  kind: 'passphrase' | 'code';
  salt: string;
  sealed: string;
}

/** What the server keeps of an author's key. */
interface SealedKey {
  v: typeof FORMAT;
  ways: Way[];
}

/** The author's key, open. It cannot be read out of this object, only used. */
export interface AuthorKey {
  readonly notes: CryptoKey;
}

/** What does not open: another passphrase, another place, or changed bytes. Which of them is not known. */
export class Unopened extends Error {
  constructor() {
    super('this does not open');
    this.name = 'Unopened';
  }
}

const utf8 = new TextEncoder();
const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(utf8.encode(text));
const random = (length: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(length));
const base64 = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
};
const unbase64 = (text: string): Uint8Array<ArrayBuffer> => {
  const bytes = decoded(text);
  if (!bytes) throw new Unopened();
  return Uint8Array.from(bytes);
};

/** A new key with its recovery code, sealed under both. */
export async function newAuthorKey(passphrase: string): Promise<{ key: AuthorKey; code: string; sealed: string }> {
  const bytes = random(KEY_BYTES);
  const code = newCode();
  const ways = [await wayOf('passphrase', passphrase, bytes), await wayOf('code', code, bytes)];
  const key = await opened(bytes);
  bytes.fill(0);
  return { key, code, sealed: JSON.stringify({ v: FORMAT, ways } satisfies SealedKey) };
}

/** Opens the key with the passphrase, or with the recovery code. */
export async function openAuthorKey(sealed: string, kind: Way['kind'], secret: string): Promise<AuthorKey> {
  const bytes = await openBytes(sealed, kind, secret);
  const key = await opened(bytes);
  bytes.fill(0);
  return key;
}

/** The same key under another passphrase, opened by the recovery code. What was written stays as it is. */
export async function withNewPassphrase(sealed: string, code: string, passphrase: string): Promise<string> {
  const bytes = await openBytes(sealed, 'code', code);
  const others = read(sealed).ways.filter((way) => way.kind !== 'passphrase');
  const ways = [await wayOf('passphrase', passphrase, bytes), ...others];
  bytes.fill(0);
  return JSON.stringify({ v: FORMAT, ways } satisfies SealedKey);
}

/** Where a note stands, and in which version. */
export interface Place {
  room: string;
  session: number;
  version: number;
}

/** Seals a note's text. */
export async function sealNote(key: AuthorKey, place: Place, text: string): Promise<string> {
  const plain = bytesOf(text);
  if (plain.length > MAX_NOTE_BYTES) throw new RangeError('a note is longer than its limit');
  const padded = new Uint8Array(Math.ceil((plain.length + 4) / PADDING) * PADDING);
  new DataView(padded.buffer).setUint32(0, plain.length);
  padded.set(plain, 4);
  return base64(await seal(await noteKey(key, place), aboutNote(place), padded));
}

/** Opens one, or throws `Unopened`. */
export async function openNote(key: AuthorKey, place: Place, sealed: string): Promise<string> {
  const padded = await open(await noteKey(key, place), aboutNote(place), unbase64(sealed));
  if (padded.length < 4) throw new Unopened();
  const length = new DataView(padded.buffer).getUint32(0);
  if (length > padded.length - 4) throw new Unopened();
  return new TextDecoder('utf-8', { fatal: true }).decode(padded.subarray(4, 4 + length));
}

/** 160 random bits, in eight groups of four signs. */
function newCode(): string {
  // 256 is a multiple of 32: the low five bits of a random byte are evenly spread.
  const signs = Array.from(random(CODE_SIGNS), (byte) => SIGNS.charAt(byte & 31)).join('');
  return (signs.match(/.{4}/g) ?? []).join('-');
}

/** A recovery code as somebody types it: any case, spaces and hyphens anywhere, look-alikes forgiven. Nothing for what is none. */
export function readCode(typed: string): string | undefined {
  const signs = typed.replace(/[\s-]/g, '').toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1');
  return signs.length === CODE_SIGNS && [...signs].every((sign) => SIGNS.includes(sign)) ? signs : undefined;
}

async function wayOf(kind: Way['kind'], secret: string, bytes: Uint8Array<ArrayBuffer>): Promise<Way> {
  const salt = random(SALT_BYTES);
  const sealed = await seal(await wayKey(kind, secret, salt), aboutWay(kind), bytes);
  return { kind, salt: base64(salt), sealed: base64(sealed) };
}

async function openBytes(sealed: string, kind: Way['kind'], secret: string): Promise<Uint8Array<ArrayBuffer>> {
  const way = read(sealed).ways.find((one) => one.kind === kind);
  if (!way) throw new Unopened();
  const bytes = await open(await wayKey(kind, secret, unbase64(way.salt)), aboutWay(kind), unbase64(way.sealed));
  if (bytes.length !== KEY_BYTES) throw new Unopened();
  return bytes;
}

function read(sealed: string): SealedKey {
  let value: SealedKey;
  try {
    value = JSON.parse(sealed) as SealedKey;
  } catch {
    throw new Unopened();
  }
  if (value.v !== FORMAT || !Array.isArray(value.ways)) throw new Unopened();
  return value;
}

async function wayKey(kind: Way['kind'], secret: string, salt: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  if (kind === 'code') {
    const code = readCode(secret);
    if (code === undefined) throw new Unopened();
    return await derived(bytesOf(code), salt, CODE_PURPOSE);
  }
  const { argon2idAsync } = await import('@noble/hashes/argon2.js');
  // The same letters, however a keyboard put them together.
  const stretched = Uint8Array.from(await argon2idAsync(bytesOf(secret.normalize('NFKC')), salt, STRETCH));
  const key = await crypto.subtle.importKey('raw', stretched, 'AES-GCM', false, ['encrypt', 'decrypt']);
  stretched.fill(0);
  return key;
}

async function opened(bytes: Uint8Array<ArrayBuffer>): Promise<AuthorKey> {
  return { notes: await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey']) };
}

async function derived(secret: Uint8Array<ArrayBuffer>, salt: Uint8Array<ArrayBuffer>, purpose: string): Promise<CryptoKey> {
  return await derivedFrom(await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']), salt, purpose);
}

async function derivedFrom(key: CryptoKey, salt: Uint8Array<ArrayBuffer>, info: string): Promise<CryptoKey> {
  const how = { name: 'HKDF', hash: 'SHA-256', salt, info: bytesOf(info) };
  return await crypto.subtle.deriveKey(how, key, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

function noteKey(key: AuthorKey, { room, session }: Place): Promise<CryptoKey> {
  return derivedFrom(key.notes, new Uint8Array(0), `${NOTE_PURPOSE}|${room}|${String(session)}`);
}

const aboutNote = ({ room, session, version }: Place): Uint8Array<ArrayBuffer> =>
  bytesOf(`${NOTE_PURPOSE}|${room}|${String(session)}|${String(version)}`);
const aboutWay = (kind: Way['kind']): Uint8Array<ArrayBuffer> => bytesOf(`${WAY_PURPOSE}|${kind}`);

async function seal(key: CryptoKey, about: Uint8Array<ArrayBuffer>, plain: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const iv = random(NONCE_BYTES);
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: about }, key, plain));
  const all = new Uint8Array(NONCE_BYTES + sealed.length);
  all.set(iv);
  all.set(sealed, NONCE_BYTES);
  return all;
}

async function open(key: CryptoKey, about: Uint8Array<ArrayBuffer>, sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const [iv, rest] = [sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES)];
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: about }, key, rest));
  } catch {
    throw new Unopened();
  }
}
