// Yjs peers that do as they are told: one line of JSON each way.
//   {"edit": peer, "dice": number}  →  {"update": …}, or {} if nothing was to be done
//   {"hear": peer, "update": …}     →  {"updates": […]}, what the peer tidied up after it, as Yjs does with marks
//   {"read": peer}                  →  {"text": …, "rich": …, "vector": …}
// Usage: node peers.mjs <client id> …
import * as Y from 'yjs'
import { hear, pack, say, unpack } from './server.mjs'

const docs = process.argv.slice(2).map(client => {
  const doc = new Y.Doc()
  doc.clientID = Number(client)
  return doc
})
// Edits begin and end between two characters, as a cursor does, never within one.
const units = characters => characters.join('').length
const words = ['a', 'wort', 'ein Satz ', 'né', '🙂', 'של']

const edit = (doc, dice) => {
  let update
  const keep = bytes => { update = bytes }
  const roll = end => {
    const value = dice % end
    dice = Math.floor(dice / end)
    return value
  }
  doc.on('update', keep)
  doc.transact(() => {
    const root = doc.getXmlFragment('content')
    const plain = doc.getText('text')
    const word = words[roll(words.length)]
    const kind = roll(8)
    const paragraph = root.length > 0 ? root.get(roll(root.length)) : undefined
    const run = paragraph?.get(0)
    if (kind === 0 || paragraph === undefined) {
      const element = new Y.XmlElement('paragraph')
      element.insert(0, [new Y.XmlText(word)])
      root.insert(roll(root.length + 1), [element])
    } else if (kind === 1 && root.length > 2) {
      root.delete(roll(root.length), 1)
    } else if (kind === 2 && run?.length > 0) {
      const characters = [...run.toDelta().map(part => part.insert).join('')]
      run.format(0, units(characters.slice(0, 1 + roll(characters.length))), { strong: roll(2) === 0 ? {} : null })
    } else if (kind < 5 && run !== undefined) {
      run.insert(0, word)
    } else {
      const characters = [...plain.toString()]
      const at = roll(characters.length + 1)
      const position = units(characters.slice(0, at))
      if (kind === 5) plain.delete(position, units(characters.slice(at, at + roll(5))))
      else plain.insert(position, word)
    }
  })
  doc.off('update', keep)
  return update
}

for (let asked = await hear(); asked !== undefined; asked = await hear()) {
  if (asked.edit !== undefined) {
    const update = edit(docs[asked.edit], asked.dice)
    await say(update === undefined ? {} : { update: pack(update) })
  } else if (asked.hear !== undefined) {
    const doc = docs[asked.hear]
    const own = []
    const keep = (update, _origin, _doc, transaction) => { if (transaction.local) own.push(update) }
    doc.on('update', keep)
    Y.applyUpdate(doc, unpack(asked.update))
    doc.off('update', keep)
    await say({ updates: own.map(pack) })
  } else {
    const doc = docs[asked.read]
    const text = doc.getText('text').toString()
    const vector = Object.fromEntries([...Y.decodeStateVector(Y.encodeStateVector(doc))])
    await say({ text, rich: doc.getXmlFragment('content').toString(), vector })
  }
}
