// Keys that would change every object of a page, were they ever merged into one: through forms, messages, note updates, addresses, storage.

const PROTO = '"__proto__":{"x":1,"polluted":true}';
const CONSTRUCTOR = '"constructor":{"prototype":{"x":1,"polluted":true}}';

/** Address, body, and the statuses that are an answer. What is a plain word (a name, a title) may be kept: it is shown, and changes nothing. */
export const inBodies = (room) => [
  ['/api/sign-in', `{"email":"a@b","passphrase":"some long quiet words",${PROTO}}`, [400, 422]],
  ['/api/groups', `{"title":"T","pack":"group-ipt-8","language":"en",${CONSTRUCTOR}}`, [400, 422]],
  ['/api/groups', '{"title":"__proto__","pack":"group-ipt-8","language":"en"}', [200]],
  ['/api/groups', '{"title":"T","pack":"__proto__","language":"en"}', [404, 422]],
  ['/api/groups', '{"title":"T","pack":"group-ipt-8","language":"constructor"}', [404, 422]],
  [`/api/groups/${room}/invites`, '{"name":"__proto__","role":"observer"}', [200]],
  [`/api/groups/${room}/invites`, '{"name":"constructor","role":"observer"}', [200]],
  [`/api/groups/${room}/invites`, `{"name":"x","role":"member",${PROTO}}`, [400, 422]],
  ['/api/packs/check', `{"id":"__proto__","files":[{"path":"__proto__","text":"x"}],"based_on":null,${PROTO}}`, [400, 422]],
  ['/api/packs/export', '{"id":"__proto__","by":"constructor"}', [404]],
  [`/api/rooms/${room}/ticket`, `{${PROTO}}`, [400, 422]],
];

const id = (n) => `cm_${n.toString(16).padStart(32, 'e')}`;
const act = (n, action) => `{"type":"act","id":"${id(n)}","action":${action}}`;

/** Messages, and the refusals that are an answer. */
export const inMessages = (somebody) => [
  [act(1, `{"do":"pause",${PROTO}}`), ['malformed']],
  [act(2, '{"do":"__proto__"}'), ['malformed']],
  [act(3, `{"do":"check_in","question":"__proto__","answer":"x"}`), ['not_asked']],
  [act(4, `{"do":"set_own_words","step":"constructor","text":"x"}`), ['not_permitted']],
  [act(5, `{"do":"ask","kind":"share","note":"x",${CONSTRUCTOR}}`), ['malformed']],
  [act(6, `{"do":"raise_concern","participant":"${somebody}",${PROTO}}`), ['malformed']],
  [act(7, `{"do":"confirm_arrival","today":{"alone":true,"headphones":true,"driving":false,"recording":false,"shared":false,${PROTO}}}`), ['malformed']],
  [`{"type":"signal","kind":"me_too",${PROTO}}`, ['malformed']],
  [`{"__proto__":{"type":"ping"},"type":"ping","at":1}`, ['malformed']],
];

/** Updates that no page of ours makes. All of them are refused whole. */
export const inNotes = (Y) => [
  ['a map at the root', (doc) => doc.getMap('__proto__').set('x', 1)],
  ['a text at the root', (doc) => doc.getText('constructor').insert(0, 'x')],
  ['a key of a map', (doc) => doc.getMap('content').set('__proto__', { x: 1, polluted: true })],
  ['an element of that name', (doc) => doc.getXmlFragment('content').insert(0, [new Y.XmlElement('__proto__')])],
  ['a script', (doc) => doc.getXmlFragment('content').insert(0, [new Y.XmlElement('script')])],
  ['an attribute of that name', (doc) => attributed(Y, doc, '__proto__', 'x')],
  ['an attribute that would run', (doc) => attributed(Y, doc, 'onclick', 'hit(0)')],
  ['a mark of that name', (doc) => marked(Y, doc, { ['__proto__']: { x: 1 }, prototype: { x: 1 } })],
  ['a mark with an address', (doc) => marked(Y, doc, { link: { href: 'javascript:hit(0)' } })],
  ['an object among the words', (doc) => doc.getText('content').insertEmbed(0, JSON.parse(`{${PROTO},${CONSTRUCTOR}}`))],
];

function attributed(Y, doc, key, value) {
  const paragraph = new Y.XmlElement('paragraph');
  paragraph.setAttribute(key, value);
  doc.getXmlFragment('content').insert(0, [paragraph]);
}

function marked(Y, doc, marks) {
  const paragraph = new Y.XmlElement('paragraph');
  const words = new Y.XmlText();
  words.insert(0, 'words', marks);
  paragraph.insert(0, [words]);
  doc.getXmlFragment('content').insert(0, [paragraph]);
}

/** Addresses that a page could take for an object. */
export const inPlaces = () => ['/?__proto__[x]=1&constructor[prototype][polluted]=1', '/join#__proto__[x]=1', '/groups/__proto__', '/room/constructor'];
