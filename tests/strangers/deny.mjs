// T21, what it is built from: cargo-deny holds Cargo.lock against deny.toml (licences, doubles and bans, sources), and each of its parts is shown to
// object when the rule it fits is taken away. `--advisories` asks npm about known faults of the page's packages, where there is a network; of
// crates it cannot be asked here, since that list is a repository and no package.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { here, tools } from './server.mjs';

const root = join(here, '../..');
const folder = join(root, 'target/strangers-out');
mkdirSync(folder, { recursive: true });
const policy = readFileSync(join(root, 'deny.toml'), 'utf8');

/** What cargo-deny objects to under these rules: the kinds of its complaints, each once. */
function objections(rules) {
  const file = join(folder, 'deny.toml');
  writeFileSync(file, rules);
  const asked = ['--offline', '--locked', '--format', 'json', '--config', file, 'check', 'bans', 'licenses', 'sources'];
  const { status, stderr } = spawnSync(join(tools, 'cargo-deny'), asked, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const said = stderr.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  const kinds = said.filter(({ type, fields }) => type === 'diagnostic' && fields.severity === 'error').map(({ fields }) => fields.code ?? fields.message);
  assert.equal(status === 0, kinds.length === 0, stderr.slice(-4000));
  return [...new Set(kinds)];
}

const found = objections(policy);
assert.deepEqual(found, [], `see them with: target/strangers/bin/cargo-deny --offline check bans licenses sources`);
const BROKEN = [
  ['a licence that is not allowed', /^ {4}"MIT",\n/m, '', 'rejected'],
  ['a crate in two versions', /^ {4}\{ crate = "sha2@.*\n/m, '', 'duplicate'],
  ['a crate that is banned', '"openssl", ', '"openssl", "serde", ', 'banned'],
  ['a crate from elsewhere', 'unknown-registry = "deny"', 'unknown-registry = "deny"\nallow-registry = []', 'source-not-allowed'],
];
for (const [what, from, to, kind] of BROKEN) {
  const rules = policy.replace(from, to);
  assert.notEqual(rules, policy, what);
  const seen = objections(rules);
  assert.ok(seen.includes(kind), `${what} is objected to: ${seen}`);
}
const crates = readFileSync(join(root, 'Cargo.lock'), 'utf8').split('\nsource = ').length - 1;
console.log(`T21, licences, versions and sources: N = ${crates} crates, 0 objections (3/N = ${(300 / crates).toFixed(2)} %); ${BROKEN.length} of ${BROKEN.length} broken rules objected to`);

/** How many packages of this lock file npm knows something against, or why it cannot say. */
function known(lock) {
  const place = mkdtempSync(join(tmpdir(), 'rondo-audit-'));
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name: 'asked', version: '0.0.0', dependencies: lock.packages[''].dependencies, devDependencies: lock.packages[''].devDependencies }));
  writeFileSync(join(place, 'package-lock.json'), JSON.stringify(lock));
  const { stdout } = spawnSync('npm', ['audit', '--json', '--package-lock-only'], { cwd: place, encoding: 'utf8', timeout: 60_000 });
  rmSync(place, { recursive: true });
  const answer = JSON.parse(stdout || '{}');
  return answer.metadata?.vulnerabilities ?? String(answer.message ?? answer.error?.summary ?? 'no answer');
}

if (process.argv.includes('--advisories')) {
  // One package of a version that everybody knows something against.
  const old = { name: 'asked', version: '0.0.0', lockfileVersion: 3, requires: true, packages: { '': { dependencies: { minimist: '0.0.8' } }, 'node_modules/minimist': { version: '0.0.8' } } };
  const bad = known(old);
  if (typeof bad === 'string') {
    console.log(`T21, known faults of packages: NOT ASKED, npm does not answer (${bad.slice(0, 200)})`);
  } else {
    assert.ok(bad.high + bad.critical > 0, 'an old package is objected to');
    for (const part of ['web', 'protocol/typegen', 'tests/e2e', 'tests/notes-js']) {
      const lock = JSON.parse(readFileSync(join(root, part, 'package-lock.json'), 'utf8'));
      const faults = known(lock);
      assert.equal(typeof faults, 'object', `${part}: ${faults}`);
      console.log(`T21, known faults of packages: ${part}: N = ${Object.keys(lock.packages).length - 1}, high or critical: ${faults.high + faults.critical}, all: ${faults.total}`);
      assert.equal(faults.high + faults.critical, 0, part);
    }
  }
}
