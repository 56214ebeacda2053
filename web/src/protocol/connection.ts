// The line to a room: ticket, socket, reconnecting. It feeds a `Session` and carries its actions.
import type { Line, Session } from '../room/session.svelte';

/** Opens the line to a room and keeps it up until it is left. */
export function openLine(_room: string, session: Session): Line {
  const line: Line = {
    act: () => Promise.resolve(),
    signal: () => undefined,
    leave: () => session.lineIs({ line: 'over', because: 'left' }),
  };
  session.attach(line);
  return line;
}
