// A call that is on, without a server: `&voices=on`, `off`, `muted`, `held` (the floor keeps it back), `taken` (a phone rang) behind any story's address.
import { Call } from '../media/call.svelte';
import type { Session } from '../room/session.svelte';
import type { ParticipantId } from '../protocol/types';

/** Well before it would go by itself. */
const AGAIN_MS = 2_000;

export function storyCall(how: string | null, session: Session, tries: ParticipantId): Call | undefined {
  if (how === null) return undefined;
  const call: Call = new Call((message) => {
    // No server is there to name relays: there are none.
    if (message.type === 'media_relays') queueMicrotask(() => void call.heard({ type: 'media_relays', relays: [] }));
    return true;
  });
  call.welcomed(true, '+1 555 0100');
  if (how !== 'off') void begins(call, how);
  if (how === 'held') {
    session.triesToSpeak(tries);
    setInterval(() => session.triesToSpeak(tries), AGAIN_MS);
  }
  return call;
}

async function begins(call: Call, how: string): Promise<void> {
  const voice = new AudioContext().createMediaStreamDestination().stream;
  const picture = document.createElement('canvas');
  Object.assign(picture, { width: 640, height: 480 });
  const [drawn] = picture.captureStream(1).getVideoTracks();
  picture.getContext('2d')?.fillRect(0, 0, 1, 1);
  if (drawn) voice.addTrack(drawn);
  await call.joins(voice);
  await call.heard({ type: 'media_stands', carried: how !== 'held', slots: [] });
  if (how === 'muted') call.mutes(true);
  if (how === 'taken') voice.getAudioTracks()[0]?.onended?.(new Event('ended'));
}
