// T21, the encrypted door as strangers try it: sslyze asks for every protocol and suite there is. Only TLS 1.2 and 1.3 may answer, only with
// forward secrecy and authenticated encryption. With `--testssl` another stranger, testssl.sh, is asked too. Both are shown to object to a server
// with an old suite.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { begin, here, tools } from './server.mjs';

const folder = join(here, '../../target/strangers-out');
mkdirSync(folder, { recursive: true });
const PROTOCOLS = ['ssl_2_0', 'ssl_3_0', 'tls_1_0', 'tls_1_1', 'tls_1_2', 'tls_1_3'];

/** What sslyze saw: every suite that was accepted, and what is wrong with it. */
async function judged(name, address) {
  const out = join(folder, `${name}.json`);
  const asked = ['--json_out', out, '--sslv2', '--sslv3', '--tlsv1', '--tlsv1_1', '--tlsv1_2', '--tlsv1_3', '--heartbleed', '--openssl_ccs', '--reneg', '--compression', '--robot', address];
  await new Promise((resolve) => spawn(join(tools, 'sslyze'), asked, { stdio: 'ignore' }).on('close', resolve));
  const [{ scan_result: seen, scan_status: status }] = JSON.parse(readFileSync(out)).server_scan_results;
  assert.equal(status, 'COMPLETED', `${name} was looked at`);
  const accepted = PROTOCOLS.flatMap((protocol) => seen[`${protocol}_cipher_suites`].result.accepted_cipher_suites.map(({ cipher_suite: { name } }) => [protocol, name]));
  const wrong = accepted.filter(([protocol, suite]) => {
    const old = !['tls_1_2', 'tls_1_3'].includes(protocol);
    const secret = protocol === 'tls_1_3' || /^TLS_(ECDHE|DHE)_/.test(suite);
    return old || !secret || !/(GCM|CHACHA20_POLY1305)/.test(suite);
  });
  if (seen.heartbleed.result.is_vulnerable_to_heartbleed) wrong.push('heartbleed');
  if (seen.openssl_ccs_injection.result.is_vulnerable_to_ccs_injection) wrong.push('CCS injection');
  if (seen.tls_compression.result.supports_compression) wrong.push('compression');
  if (!/NOT_VULNERABLE/.test(seen.robot.result.robot_result)) wrong.push('ROBOT');
  if (seen.session_renegotiation.result.is_vulnerable_to_client_renegotiation_dos) wrong.push('renegotiation');
  return { accepted, wrong };
}

/** What testssl.sh says is wrong, and how much it looked at. Notes and what its own library cannot try are no faults. */
async function alsoJudged(name, address) {
  const out = join(folder, `testssl-${name}.json`);
  rmSync(out, { force: true });
  const asked = ['--quiet', '--color', '0', '--warnings', 'off', '--nodns', 'none', '--fast', '-p', '-s', '-f', '-U', '--jsonfile', out, address];
  await new Promise((resolve) => spawn('testssl', asked, { stdio: 'ignore' }).on('close', resolve));
  const seen = JSON.parse(readFileSync(out));
  const of = (...severities) => seen.filter(({ severity }) => severities.includes(severity));
  assert.equal(of('FATAL').length, 0, `${name} was looked at`);
  return { fine: of('OK').length, untried: of('WARN').map(({ id }) => id), wrong: of('LOW', 'MEDIUM', 'HIGH', 'CRITICAL').map(({ id, finding }) => `${id}: ${finding}`) };
}

const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost'], { stdio: 'ignore' });
const old = createServer({ key: readFileSync(key), cert: readFileSync(cert), ciphers: 'AES128-SHA', maxVersion: 'TLSv1.2' }).on('tlsClientError', () => undefined);
await new Promise((resolve) => old.listen(0, '127.0.0.1', resolve));
const server = await begin('--tls', 'self-signed');
try {
  const weakly = old.address().port;
  const weak = await judged('old', `127.0.0.1:${weakly}`);
  assert.ok(weak.wrong.length > 0, 'a server with an old suite is objected to');
  const address = new URL(server.url).host.replace('localhost', '127.0.0.1');
  const { accepted, wrong } = await judged('rondo', address);
  console.log(`T21, TLS by sslyze: N = ${accepted.length} suites accepted (${accepted.map(([, suite]) => suite).join(', ')}), ${wrong.length} weak; an old server has ${weak.wrong.length}`);
  assert.ok(accepted.length > 0, 'something was accepted');
  assert.deepEqual(wrong, []);
  if (process.argv.includes('--testssl')) {
    const theirs = await alsoJudged('old', `127.0.0.1:${weakly}`);
    assert.ok(theirs.wrong.length > 0, 'testssl.sh objects to it too');
    const { fine, untried, wrong } = await alsoJudged('rondo', address);
    console.log(`T21, TLS by testssl.sh: N = ${fine} found fine, ${wrong.length} wrong, not to be tried here: ${untried.join(', ') || 'nothing'}; an old server has ${theirs.wrong.length} wrong`);
    assert.ok(fine >= 20, `${fine} things were looked at`);
    assert.deepEqual(wrong, []);
  }
} finally {
  old.close();
  await server.end();
}
