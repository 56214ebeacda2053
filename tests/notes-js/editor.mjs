// What the editor's own binding (y-prosemirror) makes of documents in our schema: every node, mark and attribute, and
// random changes from one document to the next.
// Usage: node editor.mjs <changes>; see server.mjs for who listens.
import { Schema } from 'prosemirror-model'
import { updateYFragment, yXmlFragmentToProseMirrorRootNode } from 'y-prosemirror'
import * as Y from 'yjs'
import { say, send } from './server.mjs'

const schema = new Schema({
  nodes: {
    doc: { content: 'block+' },
    paragraph: { group: 'block', content: 'inline*' },
    heading: { group: 'block', content: 'inline*', attrs: { level: { default: 1 } } },
    bullet_list: { group: 'block', content: 'list_item+' },
    ordered_list: { group: 'block', content: 'list_item+', attrs: { order: { default: 1 } } },
    list_item: { content: 'paragraph block*' },
    text: { group: 'inline' },
    hard_break: { group: 'inline', inline: true }
  },
  marks: { strong: {}, em: {} }
})

let state = 7
const roll = end => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0
  return (state >>> 16) % end
}
const words = ['calm', 'worry', 'ein Satz', '🙂', 'né']
const text = () => {
  const marks = [[], [schema.mark('strong')], [schema.mark('em')], [schema.mark('em'), schema.mark('strong')]][roll(4)]
  return schema.text(words[roll(words.length)], marks)
}
const inline = () => Array.from({ length: roll(5) }, () => roll(5) === 0 ? schema.node('hard_break') : text())
const paragraph = () => schema.node('paragraph', null, inline())
const item = depth => schema.node('list_item', null, [paragraph(), ...(depth < 3 && roll(3) === 0 ? [list(depth + 1)] : [])])
const list = depth => roll(2) === 0
  ? schema.node('bullet_list', null, Array.from({ length: 1 + roll(3) }, () => item(depth)))
  : schema.node('ordered_list', { order: 1 + roll(9) }, Array.from({ length: 1 + roll(3) }, () => item(depth)))
const block = () => [paragraph, paragraph, () => schema.node('heading', { level: 1 + roll(3) }, inline()), () => list(0)][roll(4)]()

const doc = new Y.Doc()
doc.clientID = 1
const fragment = doc.getXmlFragment('content')
const reader = new Y.Doc()
let blocks = [paragraph()]
for (let change = 0; change < Number(process.argv[2]); change++) {
  const at = roll(blocks.length + 1)
  blocks = [...blocks.slice(0, at), block(), ...blocks.slice(at + roll(3))].slice(-12)
  const wanted = schema.node('doc', null, blocks)
  wanted.check()
  let update
  const keep = bytes => { update = bytes }
  doc.on('update', keep)
  updateYFragment(doc, fragment, wanted, { mapping: new Map(), isOMark: new Map() })
  doc.off('update', keep)
  if (update !== undefined) Y.applyUpdate(reader, await send(doc.clientID, update))
  const [here, there] = [doc, reader].map(page => yXmlFragmentToProseMirrorRootNode(page.getXmlFragment('content'), schema))
  if (!there.eq(here)) throw new Error(`change ${change} reads differently at the other page`)
  // The binding may keep an old mark, but never loses a word.
  if (here.textContent !== wanted.textContent) throw new Error(`change ${change} was not written as it was meant`)
}
const lines = []
schema.node('doc', null, blocks).descendants(node => {
  if (node.isTextblock) {
    let line = ''
    node.forEach(child => { line += child.isText ? child.text : '\n' })
    lines.push(line)
    return false
  }
})
await say({ done: { text: lines.map(line => line + '\n').join('') } })
