// T21, the web side as strangers try it: wapiti looks at the pages and sends its payloads to every address of the served description, signed in
// as somebody who leads. It may find nothing high, and nothing may be answered with a 5xx. A server that says back what it is told and reads the
// file it is told is shown to be objected to.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { begin, here, inHundreds, letIn, signsUp, tools, whose } from './server.mjs';

/** Seconds that one kind of attack may take. */
const PATIENCE = Number(process.env.PATIENCE ?? 15);
/** Kinds that need nothing from elsewhere: the others ask a host on the internet, or download what they know first. The quick run makes the first few. */
const QUICK = ['cookieflags', 'crlf', 'csp', 'exec', 'file', 'http_headers', 'permanentxss', 'sql', 'xss', 'xxe'];
const ATTACKS = process.env.ATTACKS === 'all' ? [...QUICK, 'backup', 'csrf', 'htaccess', 'ldap', 'methods', 'redirect', 'shellshock', 'spring4shell', 'timesql', 'upload'] : QUICK;
/** Of wapiti's levels: 0 tells, 1 low, 2 medium, 3 high, 4 critical. */
const HIGH = 3;
/** Between two calls of one who is in no hurry, in milliseconds; and how often such a one is told to come later before it counts. */
const [PAUSE, PATIENT] = [250, 20];
/** In place of a crafted word. */
const HARMLESS = 'nobody';
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The kinds that compare the answer to a crafted request with that to a harmless one: how the harmless one is made of the crafted one, with the
 * word that an answer may say back; and which other answer to the crafted one shows that there is nothing. */
const COMPARED = {
  // There is no Java here: the harmless one is without the field.
  Spring4Shell: { harmless: ({ method, path, headers: { cookie, origin } }) => [{ method, path, headers: { cookie, origin } }, ''] },
  // The crafted word is said to bring everything that is in a directory. Who is refused is brought nothing: a name, say, may hold no NUL.
  'LDAP Injection': { harmless: without, nothing: (answer) => /^4\d\d /.test(answer) },
};

/** The same request with a harmless word in place of its crafted one, and the crafted one. */
function without({ body, target, ...asked }, { parameter }) {
  if (body === undefined) {
    const address = new URL(target, 'http://it');
    const word = address.searchParams.get(parameter);
    address.searchParams.set(parameter, HARMLESS);
    return [{ ...asked, target: address.pathname + address.search }, word];
  }
  let word;
  const change = (name, value) => (name === parameter && typeof value === 'string' ? ((word = value), HARMLESS) : value);
  return [{ ...asked, target, body: JSON.stringify(JSON.parse(body), change) }, word];
}

/** The request of a finding, as wapiti wrote it down. */
function crafted({ http_request: written, path }) {
  const [head, body] = written.split('\n\n');
  const [[first], ...lines] = head.split('\n').map((line) => line.split(/: (.*)/s));
  const [method, target] = first.split(' ');
  const headers = Object.fromEntries(lines.filter(([name]) => /^(cookie|origin|content-type)$/i.test(name)).map(([name, value]) => [name.toLowerCase(), value]));
  return { method, path: new URL(path, 'http://it').pathname, target, headers, ...(body ? { body } : {}) };
}

/** What is answered to one who is in no hurry, without the word that was sent. */
async function calmly(url, { method, path, target = path, headers, body }, word) {
  for (let told = 0; told < PATIENT; told += 1) {
    await wait(PAUSE);
    const answer = await fetch(url + target, { method, redirect: 'manual', headers, body });
    const text = await answer.text();
    if (answer.status !== 429) return `${answer.status} ${[word, JSON.stringify(word).slice(1, -1)].reduce((rest, said) => (said ? rest.replaceAll(said, '') : rest), text)}`;
    await wait(1000 * Number(answer.headers.get('retry-after') ?? 1));
  }
  throw new Error(`${method} ${path} is answered 429 for ever`);
}

/** Those findings that are none: they compared two answers, and who asks again without haste gets the same to both. In haste one of the two may have
 * been "too fast" (429). */
async function mistakes(url, found, tell = () => {}) {
  const none = new Set();
  for (const one of found.filter(({ kind }) => COMPARED[kind])) {
    const asked = crafted(one);
    const { harmless, nothing } = COMPARED[one.kind];
    const [plain, word] = harmless(asked, one);
    assert.equal(typeof word, 'string', `${one.parameter} is in ${asked.target} ${asked.body}`);
    const answers = [await calmly(url, plain, HARMLESS), await calmly(url, asked, word)];
    if (answers[0] === answers[1] || nothing?.(answers[1])) none.add(one);
    else tell(`  ${one.kind} at ${one.path}: without haste too: ${answers.map((answer) => answer.slice(0, 200)).join(' | ')}`);
  }
  return none;
}
const folder = join(here, '../../target/strangers-out');
mkdirSync(folder, { recursive: true });

/** What wapiti finds at this address: with how many pages it began, and each finding. */
async function looked(name, url, attacks, more) {
  const [out, kept] = [join(folder, `wapiti-${name}.json`), join(folder, `wapiti-${name}`)];
  for (const old of [out, kept]) rmSync(old, { recursive: true, force: true });
  const asked = ['-u', url, '-m', attacks.join(','), '-f', 'json', '-o', out, '--store-session', kept, '--store-config', kept, '--no-bugreport'];
  // It asks nobody but us: the hosts on the internet that some kinds would need are this machine.
  const nobody = ['--dns-endpoint', 'localhost', '--external-endpoint', 'http://127.0.0.1', '--internal-endpoint', url];
  const bounds = ['--max-scan-time', String(ATTACKS.length * PATIENCE), '--max-attack-time', String(PATIENCE), '-t', '10', '-v', '1'];
  const said = await new Promise((resolve) => {
    const child = spawn(join(tools, '../wapiti/bin/wapiti'), [...asked, ...nobody, ...bounds, ...more], { cwd: folder, env: { PATH: process.env.PATH, HOME: folder } });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (text += piece));
    child.on('close', () => resolve(text));
  });
  writeFileSync(join(folder, `wapiti-${name}.log`), said);
  const launched = new Set([...said.matchAll(/Launching module (\w+)/g)].map(([, attack]) => attack));
  assert.deepEqual(attacks.filter((attack) => !launched.has(attack)), [], `every attack was made:\n${said.slice(-2000)}`);
  const { infos, vulnerabilities, anomalies } = JSON.parse(readFileSync(out));
  const found = Object.entries({ ...vulnerabilities, ...anomalies }).flatMap(([kind, all]) => all.map((one) => ({ kind, ...one })));
  return { pages: infos.crawled_pages_nbr, found };
}

/** A description that wapiti's reader understands: no references, one type each, and a word for every field that opens something. */
function plain(description, words) {
  const simpler = (part, name) => {
    if (Array.isArray(part)) return part.map((one) => simpler(one));
    if (part === null || typeof part !== 'object') return part;
    if (part.$ref) return simpler(description.components.schemas[part.$ref.split('/').at(-1)], name);
    const choice = (part.anyOf ?? part.oneOf)?.find(({ type }) => type !== 'null');
    if (choice) return simpler(choice, name);
    const own = Object.fromEntries(Object.entries(part).filter(([key]) => key !== 'properties').map(([key, value]) => [key, simpler(value)]));
    if (Array.isArray(own.type)) own.type = own.type.find((type) => type !== 'null');
    if (part.const !== undefined) own.enum = [part.const];
    if (own.type === 'string' && words[name]) own.default = words[name];
    if (part.properties) own.properties = Object.fromEntries(Object.entries(part.properties).map(([key, value]) => [key, simpler(value, key)]));
    return own;
  };
  const paths = Object.entries(description.paths).map(([path, methods]) => {
    const named = path.replace(/\{(\w+)\}/g, (whole, name) => words[name] ?? whole);
    const simple = Object.entries(methods).map(([method, { parameters, requestBody }]) => {
      return [method, { parameters: parameters.filter(({ name }) => !words[name]), ...(requestBody ? { requestBody: simpler(requestBody) } : {}) }];
    });
    return [named, Object.fromEntries(simple)];
  });
  return { openapi: '3.0.3', info: description.info, servers: description.servers, paths: Object.fromEntries(paths) };
}

/** What a careless server would do: say back what it is told, and read the file it is told. */
async function objects() {
  const careless = createServer((request, answer) => {
    const asked = new URL(request.url, 'http://careless').searchParams;
    if ([...asked.keys()].some((name) => name.startsWith('class.'))) return answer.writeHead(500).end();
    const everybody = asked.get('q')?.startsWith('*') ? 'Ana, Ben, Cleo' : 'no such person';
    let text = `<p>${asked.get('q') ?? ''}: ${everybody}</p><a href="/?q=1">q</a><a href="/?file=a">file</a>`;
    try {
      if (asked.get('file')) text += readFileSync(`/${asked.get('file').replaceAll('\0', '')}`, 'utf8');
    } catch {
      text += 'no such file';
    }
    answer.writeHead(200, { 'content-type': 'text/html' }).end(`<html><body>${text}</body></html>`);
  });
  await new Promise((resolve) => careless.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${careless.address().port}`;
  const { found } = await looked('careless', `${url}/`, ['xss', 'file', 'ldap', 'spring4shell'], ['-d', '1']);
  const none = await mistakes(url, found);
  careless.close();
  careless.closeAllConnections();
  const high = found.filter(({ level }) => level >= HIGH).map(({ kind }) => kind);
  for (const kind of Object.keys(COMPARED)) {
    assert.ok(found.some((one) => one.kind === kind && !none.has(one)), `${kind}: what differs is still found when asked again`);
  }
  assert.ok(found.some(({ kind }) => /Cross Site Scripting/.test(kind)), 'text that runs is found');
  assert.ok(high.length > 0, `something high is found in a careless server: ${JSON.stringify(found.map(({ kind, level }) => [kind, level]))}`);
  return high.length;
}

const began = Date.now();
const careless = await objects();
const server = await begin();
try {
  const { cookie, names } = await signsUp(server);
  const description = await (await fetch(`${server.url}/api/openapi.json`)).json();
  // Sockets are for T5; signing out would end the cookie.
  for (const path of ['/api/rooms/{room}/ws', '/api/sign-out']) delete description.paths[path];
  description.servers = [{ url: server.url }];
  const told = join(folder, 'wapiti-description.json');
  const words = { ...names, email: 'ana@practice.example', from: '0', to: '0', seq: '1', pack: 'group-ipt-8', language: 'en', starts_on: '2026-01-01' };
  writeFileSync(told, JSON.stringify(plain(description, words)));
  const before = server.answered.length;
  const { pages, found } = await looked('rondo', `${server.url}/`, ATTACKS, ['--swagger', told, '-C', cookie, '-H', `Origin: ${server.url}`]);
  const theirs = server.answered.slice(before);
  const lasted = (await whose(server, cookie)) === 'facilitator';
  const kinds = new Map();
  for (const { kind, level } of found) kinds.set(`${kind} (${level})`, (kinds.get(`${kind} (${level})`) ?? 0) + 1);
  const none = await mistakes(server.url, found, console.log);
  const high = found.filter((one) => one.level >= HIGH && !none.has(one));
  const failed = theirs.filter((status) => status >= 500).length;
  console.log(`  ${inHundreds(theirs)}; ${letIn(theirs)} past the question of who asks; found: ${[...kinds].map(([kind, times]) => `${kind} ${times}`).join(', ') || 'nothing'}`);
  console.log(`T21, wapiti: N = ${theirs.length} requests from ${pages} pages and addresses, ${ATTACKS.length} kinds of attack, ${high.length} high (${none.size} mistaken), ${failed} with 5xx; a careless server has ${careless} high; 3/N = ${(300 / theirs.length).toFixed(3)} %; ${((Date.now() - began) / 1000).toFixed(0)} s`);
  assert.deepEqual(high.map(({ kind, path, parameter }) => ({ kind, path, parameter })), []);
  assert.equal(failed, 0, 'by the server’s own log');
  assert.ok(lasted, 'the login lasted to the end');
  assert.ok(pages >= Object.keys(description.paths).length, `${pages} pages and addresses`);
} finally {
  await server.end();
}
