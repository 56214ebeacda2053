// @vitest-environment jsdom
// What is offered at the door, on a page that was drawn before its line was there.
import { flushSync, mount, unmount } from 'svelte';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { t } from '../i18n';
import type { RoomLine } from '../protocol/line';
import { GRETA, me } from '../stories/fixtures';
import { storyNotes } from '../stories/notes';
import { storyCall } from '../stories/voices';
import RoomShell from './RoomShell.svelte';
import { Session } from './session.svelte';

// What jsdom lacks of a browser, before the page's own files look for it.
vi.hoisted(() => {
  window.matchMedia = () => new EventTarget() as MediaQueryList;
});
vi.stubGlobal('RTCPeerConnection', function Peer() {});
HTMLDialogElement.prototype.close ??= () => {};
afterEach(() => (document.body.innerHTML = ''));
afterAll(() => vi.unstubAllGlobals());

test('the microphone and the camera can be looked at while one waits', async () => {
  const session = new Session();
  const page = mount(RoomShell, { target: document.body, props: { session } });
  flushSync();
  const call = storyCall('off', session, GRETA);
  const line: RoomLine = { notes: storyNotes(), ...(call ? { call } : {}), act: () => Promise.resolve(), signal: () => {}, leave: () => {} };
  session.attach(line);
  session.lineIs({ line: 'up' });
  session.show({ kind: 'waiting', facilitator_present: true, seen_alone_first: false }, me(GRETA, [], { admission: 'waiting' }));
  flushSync();
  expect(document.body.textContent).toContain(t('media.check_early'));
  await unmount(page);
});
