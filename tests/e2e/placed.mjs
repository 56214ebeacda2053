// Which texts were written into which field. The fields are read from the schemas of both sides, so a new one without a place in the test, or
// without a reason why nobody else ever reads it, fails the run.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const schema = (name) => JSON.parse(readFileSync(new URL(`../../protocol/schema/${name}.json`, import.meta.url), 'utf8'));

/** Every free text in a schema: no closed list of words, no id by its pattern. `at` is where it stands. */
function* free(part, at, named, within = []) {
  if (typeof part !== 'object') return;
  if (part.$ref !== undefined) {
    const name = part.$ref.split('/').at(-1);
    if (!within.includes(name)) yield* free(named[name], at, named, [...within, name]);
    return;
  }
  for (const one of [...(part.oneOf ?? []), ...(part.anyOf ?? []), ...(part.allOf ?? [])]) yield* free(one, at, named, within);
  if ([part.type].flat().includes('string') && part.const === undefined && part.enum === undefined && part.pattern === undefined) yield at;
  const tag = Object.entries(part.properties ?? {}).find(([, one]) => one.const !== undefined)?.[1].const;
  for (const [key, one] of Object.entries(part.properties ?? {})) yield* free(one, `${tag === undefined ? at : `${at}${tag} `}${key} `, named, within);
  if (part.items) yield* free(part.items, at, named, within);
  if (part.additionalProperties) yield* free(part.additionalProperties, at, named, within);
}

/** What can be written over HTTP, over the wire and into notes: `/groups title`, `act action whisper text`, `note course`. */
export function textFields({ paths, components } = schema('openapi'), { $defs } = schema('wire')) {
  const forms = Object.entries(paths).flatMap(([path, methods]) => Object.values(methods).flatMap(({ requestBody }) => {
    const form = requestBody?.content['application/json']?.schema;
    return form === undefined ? [] : [...free(form, `${path.replace(/^\/api/, '')} `, components.schemas)];
  }));
  // Notes are written in binary frames, which the schema knows by their kinds only.
  const notes = $defs.NoteRef.oneOf.map(({ properties }) => `note ${properties.note.const}`);
  return [...new Set([...forms, ...free($defs.ClientMessage, '', $defs), ...notes])].map((field) => field.trim());
}

/** Fields whose texts nobody else reads as such, and why. */
const LEFT_OUT = [
  [/ (code|passphrase|current|bootstrap|secret|credential|attempt|recovery_key|pin|state)$/, 'compared, never shown'],
  [/ (pack|language|based_on|id|digest|question|key)$/, 'names something that must be known, else it is refused'],
  [/^\/groups starts_on$/, 'a day'],
  [/ sealed$/, 'sealed in its author’s browser, which alone opens it'],
  [/^\/(sign-in|recover) email$|^\/recovery\/confirm last_group$|(carry-out|factors\/reset) name$/, 'compared with what is kept'],
  [/^\/packs\/(check|save) files name$/, 'one of a pack’s own file names, else it is refused'],
  [/^\/first-run (name|email)$/, 'written once in a house’s life; the same two are written again and again by /welcome'],
  [/^media_(offer|restart) description$/, 'read by the server’s media side, and answered there'],
];
/** Of so many texts the quick run sends one to each field; which one goes by turns, so that each is sent to several fields. */
const SHARE = 16;

export class Placed {
  #texts;
  #whole;
  #fields;
  #went = new Map();

  constructor(texts, whole, fields = textFields()) {
    this.#texts = texts;
    this.#whole = whole;
    this.#fields = fields.filter((field) => !LEFT_OUT.some(([some]) => some.test(field)));
    for (const [some, why] of LEFT_OUT) assert.ok(fields.some((field) => some.test(field)), `no field is left that is ${why}: ${some}`);
  }

  /** What this run writes into a field. */
  of(field) {
    const k = this.#fields.indexOf(field);
    assert.ok(k >= 0, `the schemas have no field that is called ${field}`);
    return this.#texts.filter((_, n) => this.#whole || n % SHARE === k % SHARE);
  }

  shown(field, texts) {
    this.#goes(field, texts, 'shown');
  }
  refused(field, texts) {
    this.#goes(field, texts, 'refused');
  }
  #goes(field, texts, how) {
    assert.ok(this.#fields.includes(field), field);
    const went = this.#went.get(field) ?? new Map();
    for (const text of texts) went.set(text, how);
    this.#went.set(field, went);
  }

  /** Fails unless every field had all that it was to have. Gives how many texts went into how many fields, and how many of them were refused. */
  settled() {
    const lacking = this.#fields.flatMap((field) => {
      const went = this.#went.get(field) ?? new Map();
      const left = this.of(field).filter((text) => !went.has(text)).length;
      return left > 0 ? [`${field}: ${left} of ${this.of(field).length} were never written there`] : [];
    });
    assert.deepEqual(lacking, [], 'a text that people write has no place in this test');
    const all = [...this.#went.values()].flatMap((went) => [...went.values()]);
    return { fields: this.#fields.length, texts: all.length, refused: all.filter((how) => how === 'refused').length };
  }
}

/** Shown to notice: a field that nobody has thought of yet. */
export function newFieldsAreNoticed() {
  const { paths, components } = schema('openapi');
  const more = { ...paths, '/api/groups': { post: { requestBody: { content: { 'application/json': { schema: { properties: { motto: { type: ['string', 'null'] } } } } } } } } };
  const fields = [...textFields({ paths: more, components }), ...textFields()];
  const placed = new Placed(['x'], true, [...new Set(fields)]);
  assert.throws(() => placed.settled(), /\/groups motto: 1 of 1/);
}

/** Texts, as many as fit into so many letters at a time. */
export function packed(texts, most, glue = '\n') {
  const all = [];
  for (const text of texts) {
    const last = all.at(-1);
    if (last !== undefined && [...last.join(glue), ...glue, ...text].length <= most) last.push(text);
    else all.push([text]);
  }
  return all.map((some) => ({ some, text: some.join(glue) }));
}
