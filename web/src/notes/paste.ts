/**
 * What is pasted or dropped into a note comes as plain text: one paragraph a line.
 *
 * ProseMirror would parse pasted HTML through `innerHTML`, which the page's policy forbids, and a note has no use for the colours and
 * tables of another program. Text copied inside a note keeps its words and loses its bold.
 */
import { Fragment, Slice } from 'prosemirror-model';
import { nodeType, schema } from './schema';

/** The most that is taken at once. It fits one message to the server, even where each letter needs three bytes. */
export const MOST_PASTED_CHARACTERS = 16_000;

/** The text as a piece of a note. Control characters other than line ends are left out. */
export function sliceOf(text: string): Slice {
  // eslint-disable-next-line no-control-regex -- exactly these are meant
  const plain = text.slice(0, MOST_PASTED_CHARACTERS).replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
  const lines = plain.split('\n').map((line) => line.replace(/\t/g, ' '));
  const paragraphs = lines
    .filter((line, index) => line !== '' || lines[index - 1] !== '')
    .map((line) => nodeType('paragraph').create(null, line === '' ? null : schema.text(line)));
  // Open at both ends: a single line joins the paragraph that it is pasted into.
  return new Slice(Fragment.from(paragraphs), 1, 1);
}
