// The server at the other end of standard input and output: one line of JSON each way.
import { createInterface } from 'node:readline'
import { once } from 'node:events'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

export const hear = async () => {
  const { value, done } = await lines.next()
  return done ? undefined : JSON.parse(value)
}

export const say = async message => {
  if (!process.stdout.write(JSON.stringify(message) + '\n')) await once(process.stdout, 'drain')
}

export const pack = bytes => Buffer.from(bytes).toString('base64')
export const unpack = text => new Uint8Array(Buffer.from(text, 'base64'))

// Sends an update as this client; gives the server's own encoding of it.
export const send = async (client, update) => {
  await say({ client, update: pack(update) })
  const answer = await hear()
  if (answer.refused !== undefined) throw new Error(`update of client ${client} was refused: ${answer.refused}`)
  return unpack(answer.update)
}
