// The call that rides on a room page's line; none in stories and tests, which have no line.
import type { Line } from '../room/session.svelte';
import { Call } from './call.svelte';

export function callOf(line: Line | undefined): Call | undefined {
  return line && 'call' in line && line.call instanceof Call ? line.call : undefined;
}
