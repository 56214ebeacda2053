/** The notes that ride on a room page's line, where the line is a real one. A story page's invented line has none. */
import type { Line } from '../room/session.svelte';
import { NoteLink } from './link';

export function notesOf(line: Line | undefined): NoteLink | undefined {
  return line !== undefined && 'notes' in line && line.notes instanceof NoteLink ? line.notes : undefined;
}
