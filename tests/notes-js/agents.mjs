// Plays a trace with real Yjs documents. Each agent hears only the server's own encodings, and before each transaction
// exactly what its author had seen. Client ids ascend with the agent's number.
// Usage: node agents.mjs <trace.json.gz>; see server.mjs for who listens.
import * as Y from 'yjs'
import { edit, newlySeen, readTrace } from './trace.mjs'
import { say, send } from './server.mjs'

const { agents, transactions, endContent } = readTrace(process.argv[2])
const page = client => {
  const doc = new Y.Doc()
  doc.clientID = client
  return { doc, seen: new Set() }
}
const pages = Array.from({ length: agents }, (_, agent) => page(agent + 1))
const stored = []

for (const [index, { agent, patches }] of transactions.entries()) {
  const { doc, seen } = pages[agent]
  for (const other of newlySeen(transactions, index, seen)) Y.applyUpdate(doc, stored[other])
  const update = edit(doc, patches)
  stored.push(await send(doc.clientID, update))
}

const late = page(agents + 1)
for (const { doc, seen } of [...pages, late]) {
  stored.forEach((update, index) => { if (!seen.has(index)) Y.applyUpdate(doc, update) })
}
const texts = [...pages, late].map(({ doc }) => doc.getText('text').toString())
await say({ done: { transactions: transactions.length, endContent, equal: texts.map(text => text === endContent) } })
