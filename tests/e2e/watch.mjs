// Whoever watches over a browser: counts what was run, collects the policy's reports, looks for elements that were born from text.

/** Everything that happened in the contexts it watches since it was last asked to begin afresh. */
export class Watch {
  #seen = { hits: [], reports: [] };

  fresh() {
    this.#seen = { hits: [], reports: [] };
    return this.#seen;
  }
  get seen() {
    return this.#seen;
  }

  async over(name, context) {
    await context.exposeBinding('hit', (_, n) => void this.#seen.hits.push(`${n}`));
    await context.exposeBinding('violated', (_, what) => void this.#seen.reports.push(`${name}: ${what}`));
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => window.violated(`${event.effectiveDirective} ${event.blockedURI} ${event.sample} in ${event.sourceFile}:${event.lineNumber}`));
    });
  }
}

/** Runs in a page: what a text has become that should have stayed one. */
export function strangers() {
  const found = [];
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith('on')) found.push(`<${element.localName} ${name}=${value}>`);
      if (/^\s*(javascript|data:text)/i.test(value) && name !== 'value') found.push(`<${element.localName} ${name}=${value}>`);
    }
    if (['iframe', 'object', 'embed', 'base', 'marquee', 'animate', 'set', 'video', 'audio', 'picture', 'img'].includes(element.localName)) found.push(`<${element.localName}>`);
    if (element.localName === 'script' && !(element.src.startsWith(location.origin) && element.textContent === '')) found.push('<script>');
  }
  if ({}.x !== undefined || {}.polluted !== undefined) found.push('a polluted prototype');
  return found;
}

/** Runs in a page: which of these texts do not stand in it letter for letter, in its text or in a field. */
export function missing(texts) {
  const fields = [...document.querySelectorAll('input, textarea')].map((field) => field.value);
  const all = [document.body.textContent, ...fields].join('\n');
  return texts.filter((text) => !all.includes(text));
}
