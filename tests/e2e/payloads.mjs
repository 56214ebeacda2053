// Texts that want to be run, made by a grammar: each is a call dressed as something that a careless page would execute.
//
// A payload knows the place in which it would come alive (`markup`, an attribute's quotes, an address, a script's string). careless.mjs has
// every one of these places, and the test begins by showing that each payload is alive there. What the call does is counted: `hit(7)` says
// that payload 7 was run.

/** Ways to write the call inside a tag's attribute. No spaces and no brackets, so that most need no quotes around them. */
const CALLS = [
  (n) => `hit(${n})`,
  (n) => `hit&#40;${n}&#41;`,
  (n) => `hit\`${n}\``,
  (n) => `self.hit(${n})`,
  (n) => `\\u0068it(${n})`,
  (n) => `[${n}].map(hit)`,
  (n) => `self['hi'+'t'](${n})`,
  (n) => `eval('hit(${n})')`,
  (n) => `setTimeout('hit(${n})')`,
  (n) => `Function('hit(${n})')()`,
  (n) => `hi&#116;(${n})`,
  (n) => `(0,hit)(${n})`,
];
/** The ones that a script element takes as well, where nothing is decoded. */
const SCRIPTS = CALLS.filter((call) => !call(1).includes('&'));

/** Tags that run what stands in `%`, by themselves or when somebody clicks. */
const TAGS = [
  '<img src=x onerror=%>',
  '<svg onload=%>',
  '<body onload=%>',
  '<video src=x onerror=%>',
  '<audio src=x onerror=%>',
  '<details open ontoggle=%>',
  '<input autofocus onfocus=%>',
  '<iframe onload=%>',
  '<style onload=%></style>',
  '<link rel=stylesheet href=x onerror=%>',
  '<script src=x onerror=%></script>',
  '<object data=x onerror=%>x</object>',
  '<svg><animate onbegin=% attributeName=x dur=1s>',
  '<svg><set onbegin=% attributeName=x dur=1s>',
  '<input type=image src=x onerror=%>',
  '<b onclick=%>click</b>',
  '<select autofocus onfocus=%></select>',
  '<video><source src=x onerror=%></video>',
  '<a href=javascript:%>click</a>',
  '<form><button formaction=javascript:%>go</button></form>',
  '<form action=javascript:%><button>go</button></form>',
  '<iframe src=javascript:%></iframe>',
  '<iframe srcdoc="<img src=x onerror=%>"></iframe>',
  '<svg><a xlink:href=javascript:%><text y=9>click</text></a></svg>',
  '<textarea autofocus onfocus=%></textarea>',
  '<p contenteditable onfocus=%>here</p>',
  '<img srcset=x onerror=%>',
  '<picture><source srcset=x><img onerror=%></picture>',
  '<body onpageshow=%>',
  '<button onclick=%>click</button>',
];
const SCRIPT_TAGS = ['<script>%</script>', '<svg><script>%</script></svg>', '<script type=module>%</script>'];

/** What is done to a tag so that a filter that looks for the usual shape does not see it. Its meaning stays. */
const DISGUISES = [
  (tag) => tag,
  (tag) => tag.replace(/<(\w+)/, (_, name) => `<${[...name].map((letter, k) => (k % 2 ? letter.toUpperCase() : letter)).join('')}`),
  (tag) => tag.replace(/ (on\w+)=/, (_, name) => ` ${name.toUpperCase()} = `),
  (tag) => tag.replace(/^<(\w+) /, '<$1/'),
  (tag) => `">${tag}`,
  (tag) => `'>${tag}`,
  (tag) => `-->${tag}`,
  (tag) => `<<b ${tag.slice(1)}`.replace('<<b ', '<b></b><'),
  (tag) => `</title></textarea></style>${tag}`,
  (tag) => `&lt;b&gt;${tag}`,
  (tag) => `<!--><!-- -->${tag}`,
  (tag) => `<x y="${'<'.repeat(3)}">${tag}`,
];

/** Where a text stands between quotes, behind `href=`, or in a script. */
const BREAKOUTS = [
  ['double', (n) => `" autofocus onfocus=hit(${n}) x="`],
  ['double', (n) => `" autofocus onfocus="hit(${n})`],
  ['double', (n) => `"onfocus=hit(${n}) autofocus `],
  ['double', (n) => `"><img src=x onerror=hit(${n})>`],
  ['double', (n) => `"><svg/onload=hit(${n})>`],
  ['single', (n) => `' autofocus onfocus=hit(${n}) x='`],
  ['single', (n) => `' autofocus onfocus='hit(${n})`],
  ['single', (n) => `'><img src=x onerror=hit(${n})>`],
  ['bare', (n) => `x autofocus onfocus=hit(${n})`],
  ['bare', (n) => `x><img src=x onerror=hit(${n})>`],
  ['title', (n) => `</title><img src=x onerror=hit(${n})>`],
  ['textarea', (n) => `</textarea><img src=x onerror=hit(${n})>`],
  ['style', (n) => `</style><img src=x onerror=hit(${n})>`],
  ['comment', (n) => `--><img src=x onerror=hit(${n})>`],
  ['address', (n) => `javascript:hit(${n})`],
  ['address', (n) => `JaVaScRiPt:hit(${n})`],
  ['address', (n) => `javascript:hit(${n})//https://a.example`],
  ['address', (n) => `javascript://a.example/%0Ahit(${n})`],
  ['address', (n) => `javascript:%68it(${n})`],
  ['address', (n) => `javascript&colon;hit(${n})`],
  ['address', (n) => `&#106;avascript:hit(${n})`],
  ['frame', (n) => `data:text/html,<img src=x: onerror=hit(${n})>`],
  ['frame', (n) => `data:text/html;base64,${Buffer.from(`<img src=x: onerror=hit(${n})>`).toString('base64')}`],
  ['frame', (n) => `javascript:parent.hit(${n})`],
  ['js-single', (n) => `';hit(${n})//`],
  ['js-single', (n) => `'-hit(${n})-'`],
  ['js-single', (n) => `';(hit)(${n});'`],
  ['js-single', (n) => `</script><script>hit(${n})</script>`],
  ['js-double', (n) => `";hit(${n})//`],
  ['js-double', (n) => `"+hit(${n})+"`],
  ['js-template', (n) => `\${hit(${n})}`],
  ['js-template', (n) => `\`;hit(${n})//`],
  ['code', (n) => `constructor.constructor('hit(${n})')()`],
];

/** Two hundred, the same in every run: every tag and every breakout at least once, in rotating calls and disguises. */
export function payloads(many = 200) {
  const all = [];
  const add = (place, text) => all.push({ n: all.length, place, text });
  for (const [place, write] of BREAKOUTS) add(place, write(all.length));
  for (let k = 0; all.length < many; k += 1) {
    const scripted = k % 7 === 6;
    const tags = scripted ? SCRIPT_TAGS : TAGS;
    const calls = scripted ? SCRIPTS : CALLS;
    const round = Math.floor(k / tags.length);
    // In the last rounds plain tags come first: those are short enough for a name.
    const disguise = DISGUISES[(k + round) % DISGUISES.length];
    const call = calls[(k + 3 * round) % calls.length](all.length);
    add('markup', disguise(tags[k % tags.length]).replace('%', () => call));
  }
  return all;
}
