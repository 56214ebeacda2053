import { argon2id } from '@noble/hashes/argon2.js';
import { createDecipheriv, hkdfSync } from 'node:crypto';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { MAX_NOTE_BYTES, Unopened, newAuthorKey, openAuthorKey, openNote, readCode, sealNote, withNewPassphrase } from './sealing';

// Stretching a passphrase is slow on purpose, and slower on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const PASSPHRASE = 'four slow winter walks';
const PLACE = { room: 'rm_00000000000000000000000000000001', session: 3, version: 1 };
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Buffer => Buffer.from(text, 'base64');

let made: Awaited<ReturnType<typeof newAuthorKey>>;
beforeAll(async () => {
  made = await newAuthorKey(PASSPHRASE);
});

describe('the primitives give what their standards say', () => {
  it('Argon2id, RFC 9106, 5.3', () => {
    const tag = argon2id(new Uint8Array(32).fill(1), new Uint8Array(16).fill(2), {
      t: 3,
      m: 32,
      p: 4,
      dkLen: 32,
      key: new Uint8Array(8).fill(3),
      personalization: new Uint8Array(12).fill(4),
    });
    expect(hex(tag)).toBe('0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659');
  });

  it('HKDF-SHA-256, RFC 5869, A.1, and AES-256-GCM, test case 16 of its specification', async () => {
    const key = await crypto.subtle.importKey('raw', new Uint8Array(22).fill(11), 'HKDF', false, ['deriveBits']);
    const how = { name: 'HKDF', hash: 'SHA-256', salt: Uint8Array.from({ length: 13 }, (_, n) => n), info: Uint8Array.from({ length: 10 }, (_, n) => 0xf0 + n) };
    expect(hex(new Uint8Array(await crypto.subtle.deriveBits(how, key, 336)))).toBe(
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    );
    const from = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, 'hex'));
    const gcm = await crypto.subtle.importKey('raw', from('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308'), 'AES-GCM', false, ['encrypt']);
    const plain = from('d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39');
    const additionalData = from('feedfacedeadbeeffeedfacedeadbeefabaddad2');
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: from('cafebabefacedbaddecaf888'), additionalData }, gcm, plain);
    expect(hex(new Uint8Array(sealed)).slice(-32)).toBe('76fc6ece0f4e1768cddf8853bb2d551b');
  });
});

describe('an author’s key', () => {
  it('opens with the passphrase, however it is typed, and with the recovery code', async () => {
    const sealed = await sealNote(made.key, PLACE, 'what I noticed in myself');
    const ways = [
      await openAuthorKey(made.sealed, 'passphrase', PASSPHRASE),
      await openAuthorKey(made.sealed, 'code', ` ${made.code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `),
    ];
    for (const key of ways) expect(await openNote(key, PLACE, sealed)).toBe('what I noticed in myself');
  });

  it('opens with nothing else', async () => {
    const other = await newAuthorKey(PASSPHRASE);
    for (const wrong of [PASSPHRASE.toUpperCase(), `${PASSPHRASE} `]) {
      await expect(openAuthorKey(made.sealed, 'passphrase', wrong)).rejects.toThrow(Unopened);
    }
    for (const wrong of ['', other.code, made.code.slice(1), PASSPHRASE]) {
      await expect(openAuthorKey(made.sealed, 'code', wrong)).rejects.toThrow(Unopened);
    }
    const sealed = await sealNote(made.key, PLACE, 'mine');
    await expect(openNote(other.key, PLACE, sealed)).rejects.toThrow(Unopened);
  });

  it('says nothing of itself, its passphrase or its code in what the server keeps', () => {
    expect(made.sealed).not.toContain(made.code.slice(0, 4) + made.code.slice(5, 9));
    expect(made.sealed).not.toContain('winter');
    expect(made.code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){7}$/);
    expect(made.key.notes.extractable).toBe(false);
  });

  it('gets a new passphrase by the code: old notes open, the old passphrase does not', async () => {
    const sealed = await sealNote(made.key, PLACE, 'from before');
    const anew = await withNewPassphrase(made.sealed, made.code, 'five quick summer swims');
    const key = await openAuthorKey(anew, 'passphrase', 'five quick summer swims');
    expect(await openNote(key, PLACE, sealed)).toBe('from before');
    await expect(openAuthorKey(anew, 'passphrase', PASSPHRASE)).rejects.toThrow(Unopened);
    await openAuthorKey(anew, 'code', made.code);
  });

  it('does not open when a byte of it was changed, and is not taken for one when it is none', async () => {
    const parts = JSON.parse(made.sealed) as { v: number; ways: { kind: string; salt: string; sealed: string }[] };
    for (const at of [0, 12, 40]) {
      const changed = structuredClone(parts);
      const way = changed.ways[0];
      if (!way) throw new Error('there is a passphrase');
      const sealed = bytes(way.sealed);
      sealed[at] = (sealed[at] ?? 0) ^ 1;
      way.sealed = sealed.toString('base64');
      await expect(openAuthorKey(JSON.stringify(changed), 'passphrase', PASSPHRASE)).rejects.toThrow(Unopened);
    }
    for (const none of ['', '{}', '[]', '{"v":2,"ways":[]}', '{"v":1,"ways":[]}']) {
      await expect(openAuthorKey(none, 'passphrase', PASSPHRASE)).rejects.toThrow(Unopened);
    }
  });
});

describe('a note', () => {
  it('opens at its own place, in its own version, and nowhere else', async () => {
    const sealed = await sealNote(made.key, PLACE, 'here');
    expect(await openNote(made.key, PLACE, sealed)).toBe('here');
    for (const elsewhere of [
      { ...PLACE, session: 4 },
      { ...PLACE, version: 2 },
      { ...PLACE, room: 'rm_00000000000000000000000000000002' },
    ]) {
      await expect(openNote(made.key, elsewhere, sealed)).rejects.toThrow(Unopened);
    }
  });

  it('does not open when any byte was changed or is missing', async () => {
    const sealed = bytes(await sealNote(made.key, PLACE, 'here'));
    for (let at = 0; at < sealed.length; at += 7) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(openNote(made.key, PLACE, changed.toString('base64'))).rejects.toThrow(Unopened);
      await expect(openNote(made.key, PLACE, sealed.subarray(0, at).toString('base64'))).rejects.toThrow(Unopened);
    }
    await expect(openNote(made.key, PLACE, 'no base64!')).rejects.toThrow(Unopened);
  });

  it('does not say how long it is, and two sealings of one text differ', async () => {
    const [none, some, more] = [await sealNote(made.key, PLACE, ''), await sealNote(made.key, PLACE, 'x'.repeat(500)), await sealNote(made.key, PLACE, 'x'.repeat(600))];
    expect(none.length).toBe(some.length);
    expect(more.length).toBeGreaterThan(some.length);
    expect(none).not.toBe(await sealNote(made.key, PLACE, ''));
  });

  it('of the longest fits what the server takes, and a longer one is refused', async () => {
    const longest = await sealNote(made.key, PLACE, 'x'.repeat(MAX_NOTE_BYTES));
    expect(longest.length).toBeLessThanOrEqual(48 * 1024);
    await expect(sealNote(made.key, PLACE, 'x'.repeat(MAX_NOTE_BYTES + 1))).rejects.toThrow(RangeError);
  });

  it('is what another implementation of the standards opens', async () => {
    // Node’s own cryptography, from the recovery code down to the text.
    const parts = JSON.parse(made.sealed) as { ways: { kind: string; salt: string; sealed: string }[] };
    const way = parts.ways.find((one) => one.kind === 'code');
    const signs = readCode(made.code);
    if (!way || signs === undefined) throw new Error('there is a code');
    const unseal = (key: Buffer, about: string, sealed: Buffer): Buffer => {
      const cipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12)).setAAD(Buffer.from(about)).setAuthTag(sealed.subarray(-16));
      return Buffer.concat([cipher.update(sealed.subarray(12, -16)), cipher.final()]);
    };
    const codeKey = Buffer.from(hkdfSync('sha256', signs, bytes(way.salt), 'rondo.author-key-code.1', 32));
    const author = unseal(codeKey, 'rondo.author-key.1|code', bytes(way.sealed));
    const noteKey = Buffer.from(hkdfSync('sha256', author, '', `rondo.private-note.1|${PLACE.room}|3`, 32));
    const padded = unseal(noteKey, `rondo.private-note.1|${PLACE.room}|3|1`, bytes(await sealNote(made.key, PLACE, 'across')));
    expect(padded.subarray(4, 4 + padded.readUInt32BE(0)).toString()).toBe('across');
  });
});
