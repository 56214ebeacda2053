// A server that tells two histories: the browser of whoever leads notices at their next visit, and says so in plain words before anything else.
import assert from 'node:assert/strict';
import { DESKTOP, House } from './house.mjs';

const house = new House('fork');

await house.play(async (browser, server) => {
  const ana = await house.person(browser, 'Ana', { viewport: DESKTOP });
  const start = new URL('/', server.url).href;
  const kept = () => ana.page.evaluate(() => Number(Object.values(JSON.parse(localStorage.getItem('rondo.log') ?? '{}'))[0]?.checkpoint.split('\n')[1] ?? -1));
  const shown = () => ana.page.evaluate(async () => Number((await (await fetch('/api/log')).json()).checkpoint?.split('\n')[1] ?? -1));
  /** Looks at the start page again and again until the log that the server shows is so long; each look is a record in it. */
  const until = async (size) => {
    for (let n = 0; n < 200 && (await shown()) < size; n += 1) await ana.page.evaluate(() => fetch('/api/people').then(() => new Promise((go) => setTimeout(go, 100))));
    assert.ok((await shown()) >= size, 'the log grows');
  };
  await house.firstRun(ana, server.link);
  await until(1);
  await house.close();
  const goBack = house.remembers();

  await house.open(server.port);
  await ana.page.goto(start);
  const common = await shown();
  await until(common + 3);
  await ana.page.goto(start);
  await ana.page.getByText(/practice’s log/).first().waitFor();
  await ana.page.waitForFunction(() => localStorage.getItem('rondo.log') !== null);
  const size = await kept();
  assert.ok(size > common, 'a checkpoint was kept of what came after the common beginning');
  assert.equal(await ana.page.getByRole('dialog').count(), 0, 'an honest history raises no alarm');
  await house.close();

  // The same server, keys and all, tells another story from the same beginning.
  goBack();
  await house.open(server.port);
  await until(size + 1);
  await ana.page.goto(start);
  const alarm = ana.page.getByRole('dialog', { name: 'The record of this practice does not fit what this browser saw before' });
  await alarm.waitFor();
  await alarm.getByText('Something that was recorded before you were here last is not what it was.').waitFor();
  await house.look(ana, 'fork');
  for (const name of [/kept/i, /show/i]) await alarm.getByRole('button', { name }).first().waitFor();
  await alarm.getByRole('button', { name: 'Go on for now' }).click();
  await alarm.waitFor({ state: 'hidden' });
  await ana.page.goto(start);
  await alarm.waitFor();
  assert.equal(await kept(), size, 'what was kept stays kept, as evidence');
  house.say(`T11: a fork of ${size} leaves is shown at the next visit, in plain words, and again at the one after`);
});
