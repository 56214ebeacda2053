/**
 * What a note can hold: paragraphs, headings, lists, bold and italic. The server takes these names and no others
 * (`server/src/notes/update.rs`); a new one must be taught there first.
 */
import { Schema, type MarkSpec, type NodeSpec } from 'prosemirror-model';

const nodes: Record<string, NodeSpec> = {
  doc: { content: 'block+' },
  paragraph: { content: 'inline*', group: 'block', parseDOM: [{ tag: 'p' }], toDOM: () => ['p', 0] },
  // A note's headings stand below the pane's own, so that a screen reader's outline stays in order.
  heading: {
    content: 'inline*',
    group: 'block',
    defining: true,
    attrs: { level: { default: 1, validate: 'number' } },
    parseDOM: [{ tag: 'h3', attrs: { level: 1 } }],
    toDOM: () => ['h3', 0],
  },
  bullet_list: { content: 'list_item+', group: 'block', parseDOM: [{ tag: 'ul' }], toDOM: () => ['ul', 0] },
  ordered_list: {
    content: 'list_item+',
    group: 'block',
    attrs: { order: { default: 1, validate: 'number' } },
    parseDOM: [{ tag: 'ol' }],
    toDOM: (node) => ['ol', node.attrs.order === 1 ? {} : { start: node.attrs.order }, 0],
  },
  list_item: { content: 'paragraph block*', defining: true, parseDOM: [{ tag: 'li' }], toDOM: () => ['li', 0] },
  text: { group: 'inline' },
  hard_break: { inline: true, group: 'inline', selectable: false, parseDOM: [{ tag: 'br' }], toDOM: () => ['br'] },
};

const marks: Record<string, MarkSpec> = {
  strong: { parseDOM: [{ tag: 'strong' }, { tag: 'b' }], toDOM: () => ['strong', 0] },
  em: { parseDOM: [{ tag: 'em' }, { tag: 'i' }], toDOM: () => ['em', 0] },
};

export const schema = new Schema({ nodes, marks });

/** A type of the schema by its name; the names are constants of this folder, so a missing one is a mistake of ours. */
export function nodeType(name: string) {
  const type = schema.nodes[name];
  if (type === undefined) throw new Error(`the schema has no node ${name}`);
  return type;
}

export function markType(name: string) {
  const type = schema.marks[name];
  if (type === undefined) throw new Error(`the schema has no mark ${name}`);
  return type;
}
