// Plays a trace through a running server: one socket and one Yjs document for each agent, and one who comes late.
//
// Usage: node replay.mjs, with one line of JSON on standard input:
//   {"url": "ws://…", "origin": "http://…", "tickets": [agent 0, agent 1, …, latecomer],
//    "note": {"note": "session", "session": 1}, "trace": "….json.gz", "window": 16}
// `tickets` are one-use WebSocket tickets of different participants who may write in the note, `cookies` (where the server
// wants them) the cookies that go with each. `clients` may name the Yjs
// client ids; by default they ascend with the agent number, as the traces' tie-breaks need it. `limit` plays only so many
// transactions. Says one line of JSON: {"transactions", "equal": [one for each replica], "seconds", "worstSavedMs"}.
//
// A socket hears updates in the server's order, but an agent may apply before each transaction only what its author had
// seen then. So what is heard is kept, one list per socket, and taken from it when the trace says so. To know which
// transaction a heard update is, agents take turns: the next one sends when all have heard what the one before sent.
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import WebSocket from 'ws'
import * as Y from 'yjs'
import { edit, newlySeen, readTrace } from './trace.mjs'
import { OPEN, SAVED, STATE, UPDATE, readFrame, writeFrame } from './wire.mjs'

const PATIENCE_MS = 20_000
const asked = JSON.parse(readFileSync(0, 'utf8'))
const { agents, transactions, endContent } = readTrace(asked.trace)
const played = asked.limit === undefined ? transactions : transactions.slice(0, asked.limit)
const sameNote = note => note.note === asked.note.note && note.session === asked.note.session

class Page {
  constructor (ticket, cookie, client) {
    this.doc = new Y.Doc()
    this.doc.clientID = client
    this.seen = new Set()
    // What others wrote, by transaction, and the transactions whose updates are on their way here, in order.
    this.heard = new Map()
    this.expected = []
    this.sent = 0
    this.saved = 0
    this.sentAt = new Map()
    this.worstSavedMs = 0
    this.waiting = []
    this.socket = new WebSocket(asked.url, ['rondo.1', ticket], {
      origin: asked.origin,
      headers: cookie ? { cookie } : {},
      perMessageDeflate: false
    })
    this.socket.on('message', (data, isBinary) => { isBinary ? this.frame(readFrame(data)) : this.message(JSON.parse(data)) })
    this.socket.on('error', error => this.fail(error))
    this.socket.on('close', (code, reason) => { if (!this.left) this.fail(new Error(`closed: ${code} ${reason}`)) })
  }

  // Comes true when `condition` does; checked whenever something is heard.
  until (condition, what) {
    if (this.failure !== undefined) return Promise.reject(this.failure)
    if (condition()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.fail(new Error(`waited too long for ${what}`)), PATIENCE_MS)
      this.waiting.push({ condition, reject, resolve: () => { clearTimeout(timer); resolve() } })
    })
  }

  wake () {
    this.waiting = this.waiting.filter(({ condition, resolve }) => {
      const due = condition()
      if (due) resolve()
      return !due
    })
  }

  fail (error) {
    this.failure ??= new Error(`client ${this.doc.clientID}: ${error.message}`)
    this.waiting.splice(0).forEach(({ reject }) => reject(this.failure))
  }

  message (message) {
    if (message.type === 'welcome') this.welcome = true
    if (message.type === 'note_refused') this.fail(new Error(`refused: ${message.refusal.code}, update ${message.reference}`))
    this.wake()
  }

  frame ({ op, note, reference, payload }) {
    if (!sameNote(note)) return
    if (op === STATE) {
      // What a client lacks, or all of it anew: either way it is merged.
      Y.applyUpdate(this.doc, payload)
      this.isOpen = true
    } else if (op === UPDATE) {
      const transaction = this.expected.shift()
      if (transaction === undefined) this.fail(new Error('heard an update that nobody sent'))
      else this.heard.set(transaction, payload)
    } else if (op === SAVED) {
      this.saved = reference
      this.worstSavedMs = Math.max(this.worstSavedMs, performance.now() - this.sentAt.get(reference))
      for (const known of this.sentAt.keys()) if (known <= reference) this.sentAt.delete(known)
    }
    this.wake()
  }

  async arrive () {
    await this.until(() => this.welcome, 'the welcome')
    // Browsers say this once in a while; so do we, or the server takes us for gone.
    this.heartbeat = setInterval(() => this.socket.send(JSON.stringify({ type: 'ping', at: Date.now() })), 5_000)
  }

  async open () {
    this.socket.send(writeFrame({ op: OPEN, note: asked.note, reference: this.doc.clientID }))
    await this.until(() => this.isOpen, 'the note')
  }

  send (update) {
    this.sent += 1
    this.sentAt.set(this.sent, performance.now())
    this.socket.send(writeFrame({ op: UPDATE, note: asked.note, reference: this.sent, payload: update }))
  }

  take (transaction) {
    const update = this.heard.get(transaction)
    if (update === undefined) throw new Error(`transaction ${transaction} was never heard`)
    Y.applyUpdate(this.doc, update)
    this.heard.delete(transaction)
  }

  leave () {
    this.left = true
    clearInterval(this.heartbeat)
    this.socket.close(1000)
  }

  get text () { return this.doc.getText('text').toString() }
}

const client = agent => asked.clients?.[agent] ?? agent + 1
const pages = Array.from({ length: agents }, (_, agent) => new Page(asked.tickets[agent], asked.cookies?.[agent], client(agent)))
// The latecomer's socket is there from the beginning, for a ticket does not keep; the note is opened at the end.
const late = new Page(asked.tickets[agents], asked.cookies?.[agents], client(agents))
const replicas = [...pages, late]
await Promise.all(replicas.map(page => page.arrive()))
await Promise.all(pages.map(page => page.open()))

const started = performance.now()
// Beyond this many the hub may send several updates as one, and a transaction could not be taken by itself.
const window = asked.window ?? 16
const allHeard = () => Promise.all(pages.map(page => page.until(() => page.expected.length === 0, 'updates of others')))
for (const [index, { agent, patches }] of played.entries()) {
  const page = pages[agent]
  const before = newlySeen(played, index, page.seen)
  if (index > 0 && played[index - 1].agent !== agent) await allHeard()
  before.filter(other => played[other].agent !== agent).forEach(other => page.take(other))
  const update = edit(page.doc, patches)
  for (const other of pages) if (other !== page) other.expected.push(index)
  await page.until(() => page.sent - page.saved < window, 'saved')
  page.send(update)
}
await allHeard()
await Promise.all(pages.map(page => page.until(() => page.saved === page.sent, 'the last saved')))
const seconds = (performance.now() - started) / 1000
for (const page of pages) for (const transaction of [...page.heard.keys()].sort((a, b) => a - b)) page.take(transaction)

await late.open()
// A part of a trace has no known end: then all must agree with whoever came late.
const expected = played.length === transactions.length ? endContent : late.text
const equal = replicas.map(page => page.text === expected)
const worstSavedMs = Math.round(Math.max(...pages.map(page => page.worstSavedMs)))
replicas.forEach(page => page.leave())
console.log(JSON.stringify({ transactions: played.length, equal, seconds, worstSavedMs }))
