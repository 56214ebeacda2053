// @vitest-environment jsdom
// What somebody reads who came by a personal link, before they go in.
import { mount, unmount } from 'svelte';
import { expect, test, vi } from 'vitest';
import { t } from '../i18n';
import { api } from '../protocol/api';
import type { Role } from '../protocol/types';
import JoinPage from './JoinPage.svelte';

vi.mock('./secret', () => ({ takeSecret: () => 'a secret' }));

async function comesAs(role: Role): Promise<string> {
  vi.spyOn(api, 'state').mockResolvedValue({ version: '0.1.0', first_run: false, demo: false, outside: null, me: null });
  vi.spyOn(api, 'join').mockResolvedValue({ room: 'rm_1', participant: 'pa_1', name: 'Bo', group: 'Thursday group', role });
  const page = mount(JoinPage, { target: document.body });
  await vi.waitFor(() => expect(document.body.textContent).toContain('Thursday group'));
  const text = document.body.textContent;
  await unmount(page);
  return text;
}

test('who leads goes straight in, and learns that the link was for once', async () => {
  const read = await comesAs('facilitator');
  expect(read).toContain(t('join.what_leads'));
  expect(read).not.toContain(t('join.what'));
});

test('everybody else comes to the door first', async () => {
  for (const role of ['member', 'observer'] as const) expect(await comesAs(role)).toContain(t('join.what'));
});
