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
/** Found where there is nothing of the kind, each with why it looked so. */
const MISTAKEN = [
  // Two texts are answered differently, since a name holds no control characters. Nothing here speaks LDAP: no such crate is in deploy/sbom.cdx.json.
  { kind: 'LDAP Injection', path: '/api/packs/export', parameter: 'by' },
];
const mistaken = (one) => MISTAKEN.some((known) => Object.entries(known).every(([key, value]) => one[key] === value));
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
    let text = `<p>${asked.get('q') ?? ''}</p><a href="/?q=1">q</a><a href="/?file=a">file</a>`;
    try {
      if (asked.get('file')) text += readFileSync(`/${asked.get('file').replaceAll('\0', '')}`, 'utf8');
    } catch {
      text += 'no such file';
    }
    answer.writeHead(200, { 'content-type': 'text/html' }).end(`<html><body>${text}</body></html>`);
  });
  await new Promise((resolve) => careless.listen(0, '127.0.0.1', resolve));
  const { found } = await looked('careless', `http://127.0.0.1:${careless.address().port}/`, ['xss', 'file'], ['-d', '1']);
  careless.close();
  careless.closeAllConnections();
  const high = found.filter(({ level }) => level >= HIGH).map(({ kind }) => kind);
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
  const high = found.filter((one) => one.level >= HIGH && !mistaken(one));
  const failed = theirs.filter((status) => status >= 500).length;
  console.log(`  ${inHundreds(theirs)}; ${letIn(theirs)} past the question of who asks; found: ${[...kinds].map(([kind, times]) => `${kind} ${times}`).join(', ') || 'nothing'}`);
  console.log(`T21, wapiti: N = ${theirs.length} requests from ${pages} pages and addresses, ${ATTACKS.length} kinds of attack, ${high.length} high (${found.filter(mistaken).length} known to be mistaken), ${failed} with 5xx; a careless server has ${careless} high; 3/N = ${(300 / theirs.length).toFixed(3)} %; ${((Date.now() - began) / 1000).toFixed(0)} s`);
  assert.deepEqual(high.map(({ kind, path, parameter }) => ({ kind, path, parameter })), []);
  assert.equal(failed, 0, 'by the server’s own log');
  assert.ok(lasted, 'the login lasted to the end');
  assert.ok(pages >= Object.keys(description.paths).length, `${pages} pages and addresses`);
} finally {
  await server.end();
}
