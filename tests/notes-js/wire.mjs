// Note frames as protocol/src/wire/note.rs has them: eight bytes of head, then a payload.
const KINDS = ['course', 'session', 'facilitators']
export const OPEN = 1
export const STATE = 2
export const UPDATE = 3
export const SAVED = 4
export const CLOSE = 5

export const writeFrame = ({ op, note, reference, payload = new Uint8Array() }) => {
  const frame = Buffer.alloc(8 + payload.length)
  frame.writeUInt8(op, 0)
  frame.writeUInt8(KINDS.indexOf(note.note), 1)
  frame.writeUInt16BE(note.session ?? 0, 2)
  frame.writeUInt32BE(reference, 4)
  frame.set(payload, 8)
  return frame
}

export const readFrame = frame => ({
  op: frame.readUInt8(0),
  note: frame.readUInt8(1) === 0
    ? { note: 'course' }
    : { note: KINDS[frame.readUInt8(1)], session: frame.readUInt16BE(2) },
  reference: frame.readUInt32BE(4),
  payload: new Uint8Array(frame.subarray(8))
})
