// What Rondo is built from, as CycloneDX 1.6, made from the two lock files. `--write` writes deploy/sbom.cdx.json; without it, the committed one
// must be the one that would be written, so that nothing comes in unseen.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

const at = (path) => new URL(`../../${path}`, import.meta.url);

/** The crates of other people in a Cargo.lock. */
export function crates(lock) {
  return lock.split('[[package]]').slice(1).flatMap((part) => {
    const of = (key) => new RegExp(`^${key} = "(.*)"$`, 'm').exec(part)?.[1];
    if (of('source') === undefined) return []; // our own
    const [name, version, hash] = ['name', 'version', 'checksum'].map(of);
    assert.ok(hash, `${name} has no checksum`);
    return [{ type: 'library', name, version, purl: `pkg:cargo/${name}@${version}`, hashes: [{ alg: 'SHA-256', content: hash }] }];
  });
}

/** The packages that go into the page, or build it, in a package-lock.json. */
export function packages(lock) {
  return Object.entries(JSON.parse(lock).packages).flatMap(([place, { version, integrity, dev }]) => {
    if (place === '') return [];
    assert.ok(integrity, `${place} has no digest`);
    const name = place.split('node_modules/').at(-1);
    const [scope, ...rest] = name.split('/');
    const purl = `pkg:npm/${rest.length ? `${scope.replace('@', '%40')}/${rest.join('/')}` : name}@${version}`;
    return [{ type: 'library', scope: dev ? 'excluded' : 'required', name, version, purl, hashes: [{ alg: 'SHA-512', content: Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex') }] }];
  });
}

export function bill(cargo, npm) {
  const unique = new Map([...crates(cargo), ...packages(npm)].map((one) => [one.purl, one]));
  const components = [...unique.values()].sort((one, other) => (one.purl < other.purl ? -1 : 1));
  return { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, metadata: { component: { type: 'application', name: 'rondo' } }, components };
}

const [cargo, npm] = ['Cargo.lock', 'web/package-lock.json'].map((path) => readFileSync(at(path), 'utf8'));
const text = (what) => `${JSON.stringify(what, null, 1)}\n`;
const fresh = bill(cargo, npm);
if (process.argv.includes('--write')) writeFileSync(at('deploy/sbom.cdx.json'), text(fresh));
// One crate of another version must show.
assert.notEqual(text(bill(cargo.replace(/^(name = "serde"\nversion = ")[^"]*/m, '$10.0.1'), npm)), text(fresh), 'a change is noticed');
const committed = readFileSync(at('deploy/sbom.cdx.json'), 'utf8');
const known = new Set(JSON.parse(committed).components.map(({ purl }) => purl));
const now = new Set(fresh.components.map(({ purl }) => purl));
const more = [...now].filter((purl) => !known.has(purl));
const gone = [...known].filter((purl) => !now.has(purl));
assert.ok(committed === text(fresh), `deploy/sbom.cdx.json is stale: new ${more.join(' ')}; gone ${gone.join(' ')}. Look at each, then: node tests/strangers/sbom.mjs --write`);
console.log(`T21, what it is built from: N = ${fresh.components.length} components, 0 unseen; 3/N = ${(300 / fresh.components.length).toFixed(2)} %`);
