/** A room page's line: the connection, put to the session's use. Only translation; every decision is the connection's. */
import { untrack } from 'svelte';
import type { Line as PageLine, LineState, Session } from '../room/session.svelte';
import { Call } from '../media/call.svelte';
import { NoteLink } from '../notes/link';
import { api } from './api';
import { Connection, type EndReason, type Line } from './connection';

/** The page's line with the notes that ride on it. */
export interface RoomLine extends PageLine {
  readonly notes: NoteLink;
  /** Voices and pictures; an invented line has none. */
  readonly call?: Call;
}

/** Opens the line to a room and keeps it up until it is left. */
export function openLine(room: string, session: Session): RoomLine {
  const connection = new Connection({ room, ticket: () => api.ticket(room) });
  const notes = new NoteLink(connection);
  const call = new Call((message) => connection.sendMedia(message));
  /** Whoever is not in the room any more is not heard either, and their microphone goes off: outside nothing on the page would say that it is on. */
  const onlyInside = (): void =>
    untrack(() => {
      if (!session.inside) call.leaves(); // the line is opened inside an effect, which must not follow the session
    });
  const stops = [
    connection.line.subscribe((line) => {
      session.lineIs(shownLine(line));
      onlyInside();
    }),
    connection.view.subscribe((shown) => {
      if (shown === null) return;
      session.show(shown.room, shown.me);
      onlyInside();
    }),
    connection.clock.offset.subscribe((offset) => session.clockOffset(offset)),
    connection.onSignal((from, kind) => session.signalled(from, kind)),
    connection.onMedia((message) => {
      if (message.type === 'welcome') call.welcomed(message.media, message.media_phone);
      else if (message.type === 'trying_to_speak') session.triesToSpeak(message.participant);
      else void call.heard(message);
    }),
  ];
  // A tab that slept, or another network: the call looks whether its way is still there.
  const woken = (): void => {
    if (document.visibilityState === 'visible') call.wakes();
  };
  const awake = new AbortController();
  document.addEventListener('visibilitychange', woken, { signal: awake.signal });
  window.addEventListener('online', woken, { signal: awake.signal });
  stops.push(() => awake.abort());
  const line: RoomLine = {
    notes,
    call,
    async act(action) {
      const result = await connection.act(action);
      return 'code' in result ? result : undefined;
    },
    signal: (kind) => void connection.signal(kind),
    leave() {
      call.leaves();
      notes.close();
      connection.leave();
      for (const stop of stops) stop();
    },
  };
  session.attach(line);
  connection.start();
  return line;
}

const OVER: Record<EndReason, Extract<LineState, { line: 'over' }>['because']> = {
  left: 'left',
  signed_out: 'login_ended',
  removed: 'removed',
  too_many_connections: 'too_many',
  nothing_kept: 'nothing_kept',
  not_found: 'no_room',
  outdated: 'outdated',
  broken: 'broken',
};

function shownLine(line: Line): LineState {
  switch (line.state) {
    case 'connecting':
      return { line: 'connecting' };
    case 'live':
      return { line: 'up' };
    case 'dropped':
      return { line: 'dropped' };
    case 'ended':
      return line.count === undefined ? { line: 'over', because: OVER[line.reason] } : { line: 'over', because: OVER[line.reason], count: line.count };
  }
}
