// Editing traces: who typed what, and what they had seen by then.
//
// A concurrent trace's transaction names its parents: the newest transactions its agent had seen, its own among them. A
// sequential trace has one agent and each transaction follows the one before.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

export const readTrace = path => {
  const trace = JSON.parse(gunzipSync(readFileSync(path)))
  const transactions = trace.txns.map((transaction, index) => ({
    agent: transaction.agent ?? 0,
    parents: transaction.parents ?? (index === 0 ? [] : [index - 1]),
    patches: transaction.patches
  }))
  return { agents: trace.numAgents ?? 1, transactions, endContent: trace.endContent }
}

// What this agent sees before this transaction and had not seen before, in the trace's order. Marks all of it as seen.
export const newlySeen = (transactions, index, seen) => {
  const found = []
  const open = [...transactions[index].parents]
  while (open.length > 0) {
    const next = open.pop()
    if (seen.has(next)) continue
    seen.add(next)
    found.push(next)
    open.push(...transactions[next].parents)
  }
  seen.add(index)
  return found.sort((a, b) => a - b)
}

// Makes one transaction's edits in a document's root text. Gives the update a page would send.
export const edit = (doc, patches) => {
  let update
  const keep = bytes => { update = bytes }
  doc.on('update', keep)
  const text = doc.getText('text')
  doc.transact(() => {
    for (const [position, deleted, inserted] of patches) {
      if (deleted > 0) text.delete(position, deleted)
      if (inserted !== '') text.insert(position, inserted)
    }
  })
  doc.off('update', keep)
  return update
}
