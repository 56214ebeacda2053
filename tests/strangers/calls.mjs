// T21, the HTTP side as strangers try it: schemathesis makes calls from the served description, as nobody and as somebody who leads.
// No call may end in a 5xx, by schemathesis and by the server's own log; nor may an answer differ from what the description says.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { begin, here, inHundreds, letIn, signsUp, tools, whose } from './server.mjs';

const EXAMPLES = Number(process.env.EXAMPLES ?? 20);
const LEAST = Number(process.env.CALLS ?? 5000);
const folder = join(here, '../../target/strangers-out');
mkdirSync(folder, { recursive: true });

/** Runs schemathesis over this description; gives how it ended and what it said. */
function schemathesis(name, description, url, more) {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(description));
  const checks = 'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance';
  const asked = ['run', file, '--url', url, '--phases', 'examples,coverage,fuzzing', '-n', String(EXAMPLES), '--seed', '21', '--checks', checks, '--no-color', '--no-shrink', '-H', `Origin: ${url}`, ...more];
  return new Promise((resolve) => {
    const child = spawn(join(tools, 'st'), asked, { cwd: folder, env: { PATH: process.env.PATH, HOME: folder } });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (said += piece));
    child.on('close', (code) => resolve({ code, said }));
  });
}

/** A server that answers 500 to everything: the tool must object. */
async function objects(description) {
  const broken = createServer((_, answer) => answer.writeHead(500, { 'content-type': 'application/json' }).end('{}'));
  await new Promise((resolve) => broken.listen(0, '127.0.0.1', resolve));
  const one = { ...description, paths: { '/api/state': description.paths['/api/state'] } };
  const { code } = await schemathesis('broken', one, `http://127.0.0.1:${broken.address().port}`, []);
  broken.close();
  broken.closeAllConnections();
  assert.notEqual(code, 0, 'a server that answers 500 is objected to');
}

const began = Date.now();
const server = await begin();
try {
  const served = await (await fetch(`${server.url}/api/openapi.json`)).json();
  await objects(served);
  const { cookie, names } = await signsUp(server);
  // What is there, so that calls reach more than the first door, and what is not. Sockets are for T5; signing out would end the cookie.
  const description = structuredClone(served);
  delete description.paths['/api/rooms/{room}/ws'];
  for (const path of Object.values(description.paths)) {
    for (const { parameters } of Object.values(path)) {
      for (const one of parameters.filter(({ name }) => names[name])) one.schema = { type: 'string', enum: [names[one.name], names[one.name].replace(/[0-9a-f]{6}$/, '000000')] };
    }
  }
  const faults = [];
  for (const [name, more] of [['nobody', []], ['somebody who leads', ['-H', `Cookie: ${cookie}`, '--exclude-path', '/api/sign-out']]]) {
    const before = server.answered.length;
    const { code, said } = await schemathesis(name.split(' ')[0], description, server.url, more);
    const theirs = server.answered.slice(before);
    console.log(`  ${name}: ${theirs.length} calls: ${inHundreds(theirs)}; ${letIn(theirs)} past the question of who asks`);
    if (name !== 'nobody') {
      // Had one of the calls ended the login, the others would only have tried the door.
      assert.equal(await whose(server, cookie), 'facilitator', 'the login lasted to the end');
      assert.ok(letIn(theirs) > theirs.length / 2, 'most calls were those of somebody who leads');
    }
    if (code !== 0) faults.push(`schemathesis as ${name}:\n${said.slice(-4000)}`);
  }
  const failed = server.answered.filter((status) => status >= 500).length;
  console.log(`T21, schemathesis: N = ${server.answered.length} calls, ${failed} with 5xx; 3/N = ${(300 / server.answered.length).toFixed(2)} %; ${((Date.now() - began) / 1000).toFixed(0)} s`);
  for (const fault of faults) console.error(fault);
  assert.equal(failed, 0, 'by the server’s own log');
  assert.ok(server.answered.length >= LEAST, `${server.answered.length} calls, ${LEAST} wanted`);
  assert.deepEqual(faults.length, 0, 'schemathesis found nothing');
} finally {
  await server.end();
}
