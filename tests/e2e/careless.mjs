// A page that does everything wrong, so that the payloads can be shown to be alive and the watchers to be awake.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';

/** Each place where text may stand, and a page that puts it there without a thought. */
const SINKS = {
  markup: (text) => text,
  double: (text) => `<input value="${text}">`,
  single: (text) => `<input value='${text}'>`,
  bare: (text) => `<input value=${text}>`,
  title: (text) => `<title>${text}</title>`,
  textarea: (text) => `<textarea>${text}</textarea>`,
  style: (text) => `<style>${text}</style>`,
  comment: (text) => `<!-- ${text} -->`,
  address: (text) => `<a href="${text}">click</a>`,
  frame: (text) => `<iframe src="${text.replaceAll('"', '&quot;')}"></iframe>`,
  'js-single': (text) => `<script>var said = '${text}'</script>`,
  'js-double': (text) => `<script>var said = "${text}"</script>`,
  'js-template': (text) => `<script>var said = \`${text}\`</script>`,
  code: (text) => `<script>said = [].${text}</script>`,
};

/** Serves the careless page; `rules` is a policy that would stop it, or none. */
async function carelessSite(texts, rules) {
  const server = createServer((request, answer) => {
    const n = /^\/sink\/(\d+)$/.exec(request.url)?.[1];
    if (n === undefined && request.url !== '/') return void answer.writeHead(404, { 'content-type': 'text/plain' }).end();
    const { place, text } = n === undefined ? {} : texts[Number(n)];
    const body = n === undefined ? '<title>Careless</title>' : `<!doctype html><meta charset=utf-8><body>${SINKS[place](text)}`;
    answer.writeHead(200, { 'content-type': 'text/html', ...(rules ? { 'content-security-policy': rules } : {}) }).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }) };
}

/** Runs in the page: opens every sink in a frame, then clicks and focuses whatever can be. */
async function opensAll(many) {
  const loaded = (frame) => new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
  const frames = Array.from({ length: many }, (_, n) => Object.assign(document.createElement('iframe'), { src: `/sink/${n}` }));
  const waits = frames.map(loaded);
  document.body.append(...frames);
  await Promise.all(waits);
  for (const frame of frames) {
    const inside = frame.contentDocument;
    for (const part of inside?.querySelectorAll('[autofocus], [contenteditable]') ?? []) {
      // A focus that was taken before the frame was seen is not taken again.
      part.blur();
      part.focus();
    }
    for (const part of inside?.querySelectorAll('a, b, button, svg text') ?? []) part.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
  }
  await new Promise((resolve) => setTimeout(resolve, 300)); // timers among the payloads, and addresses that open after a click
}

/** Opens all payloads in a careless page and gives the numbers of those that were run, and the policy's reports. */
async function opened(watch, context, texts, rules) {
  const site = await carelessSite(texts, rules);
  const seen = watch.fresh();
  const page = await context.newPage();
  try {
    await page.goto(site.url);
    await page.evaluate(opensAll, texts.length);
    // On a busy machine a picture that is not there takes its time to fail. Whatever is held is held at once.
    const until = Date.now() + 30_000;
    while (rules === undefined && new Set(seen.hits).size < texts.length && Date.now() < until) {
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
    return { run: new Set(seen.hits.map(Number)), reports: seen.reports, page };
  } finally {
    await page.close();
    await site.close();
  }
}

/** Shows that every payload is alive, that a policy's reports are heard, and that a polluted prototype is seen. */
export async function everyPayloadIsAlive(watch, context, texts) {
  const { run } = await opened(watch, context, texts);
  const dead = texts.filter(({ n }) => !run.has(n));
  assert.deepEqual(dead, [], `${dead.length} payloads are dead in a careless page`);
  const { run: held, reports } = await opened(watch, context, texts.slice(0, 60), "default-src 'none'; frame-src 'self'; script-src 'self'; require-trusted-types-for 'script'");
  assert.equal(held.size, 0, 'our kind of policy holds them');
  assert.ok(reports.length >= 40, `and says so: ${reports.length} reports`);
  watch.fresh();
  const page = await context.newPage();
  const merged = await page.evaluate(() => {
    const merge = (to, from) => {
      for (const key of Object.keys(from)) typeof from[key] === 'object' ? merge((to[key] ??= {}), from[key]) : (to[key] = from[key]);
    };
    merge({}, JSON.parse('{"__proto__":{"x":1}}'));
    return { x: {}.x };
  });
  assert.equal(merged.x, 1, 'a careless merge pollutes, and it is seen');
  await page.close();
  return { alive: run.size, reports: reports.length };
}
