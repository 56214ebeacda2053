// The page's side of the golden fixtures: each fits the committed schema, and each is a value of its TypeScript type.
// The Rust side stands in protocol/tests/fixtures.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ts from 'typescript';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const json = (path) => JSON.parse(readFileSync(at(path), 'utf8'));
const typesFile = at('../../web/src/protocol/types.ts');

const wire = json('../schema/wire.json');
const api = json('../schema/api.json');
const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true, formats: whole() });
ajv.addKeyword('x-constants');
ajv.addSchema(wire, 'wire');
ajv.addSchema(api, 'api');

const folders = {
  client: () => ['wire', 'ClientMessage'],
  server: () => ['wire', 'ServerMessage'],
  action: () => ['wire', 'Action'],
  refusal: () => ['wire', 'Refusal'],
  api: (name) => ['api', pascal(name.split('.')[0])],
};

/** Every fixture that has a type, with that type. */
const fixtures = Object.entries(folders).flatMap(([folder, typeOf]) =>
  readdirSync(at(`../fixtures/${folder}`)).map((file) => {
    const name = file.replace(/\.json$/, '');
    const [document, type] = typeOf(name);
    return { name: `${folder}/${name}`, document, type, value: json(`../fixtures/${folder}/${file}`) };
  }),
);

const validator = ({ document, type }) => ajv.getSchema(`${document}#/$defs/${type}`);

test('there are fixtures to look at', () => {
  for (const folder of Object.keys(folders)) {
    assert.ok(fixtures.some(({ name }) => name.startsWith(`${folder}/`)), folder);
  }
});

test('every fixture fits the schema', () => {
  for (const fixture of fixtures) {
    const validate = validator(fixture);
    assert.ok(validate(fixture.value), `${fixture.name}: ${ajv.errorsText(validate.errors)}`);
  }
});

test('the schema refuses a stranger at every depth of every fixture', () => {
  for (const fixture of fixtures.filter(({ type }) => type !== 'Problem')) {
    const whole = structuredClone(fixture.value);
    for (const object of objects(whole)) {
      object.stranger = true;
      assert.ok(!validator(fixture)(whole), `${fixture.name} took in ${JSON.stringify(object)}`);
      delete object.stranger;
    }
  }
});

test('every fixture is a value of its type', () => {
  assert.deepEqual(complaints(fixtures), []);
});

test('the compiler refuses a fixture with a wrong word, a missing field or a stranger', () => {
  const { value } = fixtures.find(({ name }) => name === 'server/view.facilitator');
  const spoilt = [
    (view) => (view.room.floor.mode = 'shouting'),
    (view) => delete view.me.may_speak,
    (view) => (view.room.staff.secret = 'stranger'),
    (view) => (view.me.participant = 'rm_0123'),
    (view) => (view.seq = '412'),
  ];
  const changed = spoilt.map((spoil) => {
    const view = structuredClone(value);
    spoil(view);
    return { name: `${spoil}`, type: 'ServerMessage', value: view };
  });
  const refused = complaints(changed);
  for (const { name } of changed) assert.ok(refused.some((complaint) => complaint.startsWith(name)), name);
});

test('a close fixture has the number that the page knows', () => {
  const numbers = wire['x-constants'].close_codes;
  const shown = readdirSync(at('../fixtures/close')).map((file) => json(`../fixtures/close/${file}`));
  assert.deepEqual(Object.fromEntries(shown.map(({ name, code }) => [name, code])), numbers);
});

/** What the compiler says about a file that gives every fixture its type. */
function complaints(some) {
  const names = [...new Set(some.map(({ type }) => type))];
  const lines = some.map(({ type, value }, i) => `export const f${i}: ${type} = ${JSON.stringify(value)};`);
  const source = `import type { ${names.join(', ')} } from './types';\n${lines.join('\n')}\n`;
  const file = typesFile.replace('types.ts', 'fixtures.checked.ts');
  const options = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2022.d.ts'],
    types: [],
    skipLibCheck: true, // whoever makes the compiler has looked through its own descriptions
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => path === file || fileExists.call(host, path);
  host.getSourceFile = (path, language) =>
    path === file ? ts.createSourceFile(path, source, language) : getSourceFile.call(host, path, language);
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map((found) => {
    const line = found.file?.getLineAndCharacterOfPosition(found.start ?? 0).line ?? 0;
    const about = found.file?.fileName === file ? some[line - 1]?.name : found.file?.fileName;
    return `${about}: ${ts.flattenDiagnosticMessageText(found.messageText, ' ')}`;
  });
}

function objects(value) {
  if (value === null || typeof value !== 'object') return [];
  const inner = Object.values(value).flatMap(objects);
  return Array.isArray(value) ? inner : [value, ...inner];
}

function pascal(name) {
  return name.replace(/(^|_)(\w)/g, (_, __, letter) => letter.toUpperCase());
}

/** Rust's whole numbers are all whole numbers here; their bounds stand in the schema beside them. */
function whole() {
  const formats = ['uint16', 'uint32', 'uint64'];
  return Object.fromEntries(formats.map((name) => [name, { type: 'number', validate: Number.isSafeInteger }]));
}
