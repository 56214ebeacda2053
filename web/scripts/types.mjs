// Writes web/src/protocol/types.ts from the committed JSON Schema in protocol/schema.
//
//   node web/scripts/types.mjs           write
//   node web/scripts/types.mjs --check   fail when what is committed is stale
//
// The tool it uses is installed by protocol/typegen, so that the page's own packages stay free of it.

import { createRequire } from 'node:module';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const typegen = new URL('../../protocol/typegen/package.json', import.meta.url);
const { compile } = createRequire(typegen)('json-schema-to-typescript');

const target = fileURLToPath(new URL('../src/protocol/types.ts', import.meta.url));
const schema = async (name) =>
  JSON.parse(await readFile(new URL(`../../protocol/schema/${name}`, import.meta.url), 'utf8'));

const banner = `// Made by web/scripts/types.mjs from protocol/schema. Do not edit: change the Rust types, then run
// \`cargo run -p protocol --bin gen\` and \`npm run types\` in protocol/typegen.
`;

/** The whole text of types.ts. */
export async function types() {
  const [wire, api] = [await schema('wire.json'), await schema('api.json')];
  for (const name of Object.keys(wire.$defs)) {
    const other = api.$defs[name];
    if (other && JSON.stringify(other) !== JSON.stringify(wire.$defs[name])) {
      throw new Error(`${name} differs between wire.json and api.json: one name, one meaning`);
    }
  }
  const definitions = { ...wire.$defs, ...api.$defs };
  const names = Object.keys(definitions).sort();
  const prepared = Object.fromEntries(names.map((name) => [name, prepare(definitions[name])]));
  const root = 'EverythingSaid';
  const text = await compile({ title: root, type: 'object', $defs: prepared }, root, {
    additionalProperties: false,
    bannerComment: '',
    unreachableDefinitions: true,
    style: { singleQuote: true, printWidth: 120 },
  });
  const kept = tidy(text.replace(new RegExp(`export interface ${root} \\{\\}\\n`), ''));
  const made = [...kept.matchAll(/^export (?:type|interface) (\w+)/gm)].map((match) => match[1]).sort();
  if (made.join() !== names.join()) {
    throw new Error(`the type names are not the Rust names: ${difference(made, names).join(', ')}`);
  }
  return `${banner}\n${kept.trim()}\n\n${constants({ ...wire['x-constants'], ...api['x-constants'] })}`;
}

/** Fields in the order of the Rust type (schema objects are sorted, \`required\` is not), ids as their own kinds of string. */
function prepare(node) {
  if (Array.isArray(node)) return node.map((inner) => prepare(inner));
  if (node === null || typeof node !== 'object') return node;
  if (node.$ref) {
    // Named directly: a followed reference with a description beside it would become a second, numbered type.
    return { description: node.description, tsType: node.$ref.replace('#/$defs/', '') };
  }
  const result = {};
  for (const [key, value] of Object.entries(node)) result[key] = prepare(value);
  if (result.properties) {
    const order = result.required ?? [];
    const rank = (field) => (order.includes(field) ? order.indexOf(field) : order.length);
    const entries = Object.entries(result.properties).sort(([a], [b]) => rank(a) - rank(b));
    result.properties = Object.fromEntries(entries);
  }
  const prefix = /^\^([a-z]{2})_/.exec(result.pattern ?? '');
  if (prefix) result.tsType = `\`${prefix[1]}_\${string}\``;
  // Bounds such as "at most 65535" say nothing in TypeScript.
  for (const bound of ['format', 'minimum', 'maximum', 'uniqueItems', 'pattern']) delete result[bound];
  return result;
}

/** Without the tool's own remarks; short comments on one line; a blank line between types. */
function tidy(text) {
  return text
    .replace(/( \*\n)? \* This interface was referenced by `[^`]*`'s JSON-Schema\n \* via the `definition` "\w+"\.\n/g, '')
    .replace(/\/\*\*\n \*\/\n/g, '')
    .replace(/\/\*\*\n *\* (.*)\n *\*\//g, '/** $1 */')
    .replace(/\n\n+/g, '\n')
    .replace(/^(\}|  .*|export type .*);?\n(?=\/\*\* |export )/gm, (end) => `${end}\n`);
}

/** Numbers and names that both sides must agree on. */
function constants(values) {
  const shouted = ([name, value]) => {
    const literal = JSON.stringify(value, null, 2).replace(/"(\w+)":/g, '$1:').replace(/"/g, "'");
    return `export const ${name.toUpperCase()} = ${literal} as const;\n`;
  };
  return Object.entries(values).map(shouted).join('\n');
}

function difference(a, b) {
  return [...a.filter((x) => !b.includes(x)), ...b.filter((x) => !a.includes(x))];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fresh = await types();
  if (!process.argv.includes('--check')) {
    await writeFile(target, fresh);
  } else if ((await readFile(target, 'utf8').catch(() => '')) !== fresh) {
    console.error('web/src/protocol/types.ts is stale: run `npm run types` in protocol/typegen');
    process.exitCode = 1;
  }
}
