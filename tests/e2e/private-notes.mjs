// Process notes in a real browser: made, saved, locked, opened on another device, brought back by the code; and not a word of them in any file
// of the server, nor in a backup.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DESKTOP, House, PHONE } from './house.mjs';

const PLANTED = ['Planted-process-note-one', 'Planted-process-note-two'];
const PASSPHRASE = 'Planted-passphrase four slow winter walks';
const NEXT = 'Planted-passphrase five quick summer swims';
const house = new House('private-notes');

/** How often each of these words is in the files of a folder. */
const hits = (folder, words) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)))
    .reduce((sum, bytes) => sum + words.filter((word) => bytes.includes(word)).length, 0);

await house.play(async (browser, server) => {
  const ana = await house.person(browser, 'Ana', { viewport: DESKTOP });
  await house.firstRun(ana, server.link);
  await house.makeGroup(ana, 'Thursday');
  const pane = ana.page.getByRole('region', { name: 'My process notes' });
  await pane.getByLabel('New passphrase of your notes').fill(PASSPHRASE);
  await pane.getByRole('button', { name: 'Begin' }).click();
  const code = (await pane.getByLabel('Recovery code of your notes').innerText()).replace(/\s+/g, '-');
  assert.equal(code.length, 39);
  await house.look(ana, 'private-code');
  await pane.getByLabel('I have put the code somewhere safe').check();
  await pane.getByRole('button', { name: 'To my notes' }).click();
  await pane.getByLabel('Note', { exact: true }).fill(PLANTED[0]);
  await pane.getByText('Not saved yet.').waitFor();
  await pane.getByText('Saved.').waitFor();
  await house.look(ana, 'private-open');
  await pane.getByRole('button', { name: 'Lock', exact: true }).click();
  await pane.getByLabel('Passphrase of your notes').waitFor();
  assert.equal(await ana.page.getByText(PLANTED[0]).count(), 0);

  // The same page on a second device of hers, and with the code.
  const phone = { name: 'Ana’s phone', page: await ana.page.context().newPage() };
  await phone.page.setViewportSize(PHONE);
  await phone.page.goto(ana.page.url());
  const small = phone.page.getByRole('region', { name: 'My process notes' });
  await small.getByLabel('Passphrase of your notes').fill('not this passphrase');
  await small.getByRole('button', { name: 'Open my notes' }).click();
  await small.getByText('This passphrase does not open your notes.').waitFor();
  await small.getByRole('button', { name: 'I do not know the passphrase any more' }).click();
  await small.getByLabel('Recovery code').fill(code.toLowerCase());
  await small.getByLabel('New passphrase of your notes').fill(NEXT);
  await small.getByRole('button', { name: 'Take a new passphrase' }).click();
  const note = small.getByLabel('Note', { exact: true });
  await note.waitFor();
  assert.equal(await note.inputValue(), PLANTED[0]);
  await note.fill(`${PLANTED[0]} ${PLANTED[1]}`);
  await small.getByText('Not saved yet.').waitFor();
  await small.getByText('Saved.').waitFor();
  await phone.page.close();

  const backup = join(mkdtempSync(join(tmpdir(), 'rondo-private-')), 'backup');
  await house.command('backup', backup);
  const secrets = [...PLANTED, PASSPHRASE, NEXT, code, code.replaceAll('-', '')];
  const found = hits(house.data, secrets) + hits(backup, secrets);
  assert.equal(found, 0, `${found} words of a process note, its passphrases or its code are in the server's files`);
  assert.ok(hits(backup, ['private_note']) > 0, 'the search finds what is there');
  rmSync(join(backup, '..'), { recursive: true, force: true });
  house.say(`a process note made, locked, brought back by its code: ${secrets.length} secrets in 0 files of the server and its backup`);
});
