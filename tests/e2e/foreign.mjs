// T6, the browser's part: a page of another site, open in the very browser in which somebody is signed in, can change nothing and read nothing.
//
// Ana is signed in at 127.0.0.1; the foreign page stands at localhost, which is another site to a browser. It asks in every way that pages have:
// fetch with and without CORS, forms, pictures, scripts, frames, beacons, and WebSockets. Afterwards everything is as it was, nothing could be
// read, and no socket opened. The same requests from Ana's own page show that each could have done something.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { DESKTOP, House } from './house.mjs';

const house = new House('foreign');

/** A page of another site, on a port of its own. */
async function foreignSite() {
  const server = createServer((_, answer) => {
    answer.writeHead(200, { 'content-type': 'text/html' });
    answer.end('<!doctype html><title>Elsewhere</title><body>');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://localhost:${server.address().port}/`, close: () => new Promise((resolve) => server.close(resolve)) };
}

/** Runs in a page: asks for everything, and tells what could be read. */
async function asksForEverything({ url, room, invite }) {
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const read = [];
  let asked = 0;
  const forms = [
    ['/api/groups', { title: 'Taken over', pack: 'group-ipt-8', language: 'en', starts_on: null }],
    [`/api/groups/${room}/invites`, { name: 'Mallory', role: 'facilitator' }],
    [`/api/groups/${room}/invites/${invite}/revoke`, {}],
    ['/api/sign-out', {}],
    ['/api/recovery/new', {}],
    [`/api/rooms/${room}/ticket`, {}],
  ];
  const gets = ['/api/state', '/api/packs', `/api/groups/${room}`, `/api/groups/${room}/prompts`];
  const tries = async (path, more) => {
    asked += 1;
    try {
      const answer = await fetch(url + path, { credentials: 'include', ...more });
      const text = answer.type === 'opaque' ? '' : await answer.text();
      if (text !== '') read.push(`${path}: ${text.slice(0, 80)}`);
    } catch {
      // Nothing could be read.
    }
  };
  for (const path of gets) {
    await tries(path, { mode: 'cors' });
    await tries(path, { mode: 'no-cors' });
  }
  for (const [path, body] of forms) {
    await tries(path, { method: 'POST', mode: 'cors', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    // What needs no leave: a "simple" request that carries JSON under another name.
    await tries(path, { method: 'POST', mode: 'no-cors', headers: { 'content-type': 'text/plain' }, body: JSON.stringify(body) });
  }
  // Forms, whose answers would show in a frame.
  for (const [path, body] of forms) {
    asked += 1;
    const frame = Object.assign(document.createElement('iframe'), { name: `f${asked}` });
    const form = Object.assign(document.createElement('form'), { method: 'POST', action: url + path, target: frame.name, enctype: 'text/plain' });
    const field = Object.assign(document.createElement('input'), { name: JSON.stringify(body).slice(0, -1) + ',"x":"', value: '"}' });
    form.append(field);
    document.body.append(frame, form);
    form.submit();
  }
  for (const path of gets) {
    asked += 1;
    document.body.append(Object.assign(document.createElement('img'), { src: url + path }));
    asked += 1;
    document.body.append(Object.assign(document.createElement('script'), { src: url + path }));
    asked += 1;
    const frame = Object.assign(document.createElement('iframe'), { src: url + path });
    document.body.append(frame);
  }
  asked += 1;
  navigator.sendBeacon(`${url}/api/sign-out`, '{}');
  const sockets = [];
  for (const protocols of [['rondo.1'], ['rondo.1', 'a'.repeat(43)], []]) {
    asked += 1;
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/rooms/${room}/ws`, protocols);
    sockets.push(new Promise((resolve) => {
      socket.onopen = () => resolve('open');
      socket.onerror = () => resolve('refused');
    }));
  }
  const opened = (await Promise.all(sockets)).filter((how) => how === 'open').length;
  await wait(1500);
  for (const frame of document.querySelectorAll('iframe')) {
    try {
      const text = frame.contentDocument?.body?.innerText ?? '';
      if (text !== '') read.push(`frame ${frame.src}: ${text.slice(0, 80)}`);
    } catch {
      // Another origin's frame.
    }
  }
  return { asked, read, opened };
}

await house.play(async (browser, server) => {
  const ana = await house.person(browser, 'Ana', { viewport: DESKTOP });
  await house.firstRun(ana, server.link);
  await house.makeGroup(ana, 'Tuesdays');
  await house.invite(ana, 'Ben');
  const room = /rm_[0-9a-f]+/.exec(ana.page.url())[0];
  const state = () => ana.page.evaluate(async (room) => {
    const answers = [];
    for (const path of ['/api/state', `/api/groups/${room}`]) answers.push(await (await fetch(path)).text());
    return answers.join('\n');
  }, room);
  const before = await state();
  const { invite } = JSON.parse(before.split('\n')[1]).invites[0];

  const elsewhere = await foreignSite();
  try {
    // In Ana's own browser, so with all its cookies. Its faults are its own: the house counts only Ana's.
    const page = await ana.context.newPage();
    await page.goto(elsewhere.url);
    const { asked, read, opened } = await page.evaluate(asksForEverything, { url: server.url, room, invite });
    assert.ok(asked >= 40, `${asked} requests`);
    assert.deepEqual(read, [], 'nothing could be read');
    assert.equal(opened, 0, 'no socket opened');
    await page.close();
    assert.equal(await state(), before, 'nothing has changed');
    house.say(`T6, from another site's page: N = ${asked} requests and sockets, 0 read, 0 opened, 0 changes; 3/N = ${(300 / asked).toFixed(1)} %`);
  } finally {
    await elsewhere.close();
  }

  // That the attack is one: from Ana's own page the first of those forms makes a group, and the state can be read.
  const own = await ana.page.evaluate(async () => {
    const form = { title: 'Her own', pack: 'group-ipt-8', language: 'en', starts_on: null };
    const made = await fetch('/api/groups', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(form) });
    return [made.status, (await (await fetch('/api/state')).text()).includes('Her own')];
  });
  assert.deepEqual(own, [200, true]);
  assert.notEqual(await state(), before, 'and would be seen');
  house.say('the same from her own page makes a group: the requests are the right ones');
});
