/**
 * Note frames: eight bytes of head, then a Yjs payload in encoding v1, or nothing.
 *
 * The twin of `protocol/src/wire/note.rs`, which explains the layout.
 */
import type { NoteRef } from '../protocol/types';

export type NoteOp = 'open' | 'state' | 'update' | 'saved' | 'close';

export interface NoteFrame {
  readonly op: NoteOp;
  readonly note: NoteRef;
  /** Opening: our Yjs client id. Update and saved: our own number of the update. */
  readonly reference: number;
  readonly payload: Uint8Array;
}

const HEAD_BYTES = 8;
/** What the server takes as one message, and what is left of it for an update. */
const MOST_MESSAGE_BYTES = 64 * 1024;
export const MOST_PAYLOAD_BYTES = MOST_MESSAGE_BYTES - HEAD_BYTES;

const OPS: readonly (NoteOp | undefined)[] = [undefined, 'open', 'state', 'update', 'saved', 'close'];

/** The frame, or null for what is none. The payload is a view into `bytes`. */
export function readFrame(bytes: Uint8Array): NoteFrame | null {
  if (bytes.byteLength < HEAD_BYTES) return null;
  const head = new DataView(bytes.buffer, bytes.byteOffset, HEAD_BYTES);
  const op = OPS[head.getUint8(0)];
  const note = noteOf(head.getUint8(1), head.getUint16(2));
  if (op === undefined || note === null) return null;
  return { op, note, reference: head.getUint32(4), payload: bytes.subarray(HEAD_BYTES) };
}

export function writeFrame({ op, note, reference, payload }: NoteFrame): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEAD_BYTES + payload.byteLength);
  const head = new DataView(bytes.buffer);
  head.setUint8(0, OPS.indexOf(op));
  head.setUint8(1, note.note === 'course' ? 0 : note.note === 'session' ? 1 : 2);
  head.setUint16(2, note.note === 'course' ? 0 : note.session);
  head.setUint32(4, reference);
  bytes.set(payload, HEAD_BYTES);
  return bytes;
}

/** A note's name as a key of a map. */
export function noteKey(note: NoteRef): string {
  return note.note === 'course' ? 'course' : `${note.note} ${note.session}`;
}

function noteOf(kind: number, session: number): NoteRef | null {
  if (kind === 0) return session === 0 ? { note: 'course' } : null;
  if (session === 0) return null;
  if (kind === 1) return { note: 'session', session };
  if (kind === 2) return { note: 'facilitators', session };
  return null;
}
