// A clinic's own sign-in service on this machine, as OpenID Connect has it: whoever comes is signed in at once, as the same person.
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';

/** `code` is what the browser brings back, `subject` what the service calls the person. */
export async function signInService(client, { code, subject }) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const states = [];
  let asked;
  const idToken = (url) => {
    const now = Math.floor(Date.now() / 1000);
    const words = `${part({ alg: 'ES256', kid: 'one' })}.${part({ iss: url, sub: subject, aud: client, iat: now, exp: now + 300, nonce: asked.get('nonce'), auth_time: now })}`;
    return `${words}.${sign('sha256', Buffer.from(words), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  };
  const server = createServer(async (request, answer) => {
    const url = `http://127.0.0.1:${server.address().port}`;
    const { pathname, searchParams } = new URL(request.url, url);
    const says = (what, status = 200) => answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(what));
    if (pathname === '/.well-known/openid-configuration') return says({ issuer: url, authorization_endpoint: `${url}/authorize`, token_endpoint: `${url}/token`, jwks_uri: `${url}/keys` });
    if (pathname === '/keys') return says({ keys: [key] });
    if (pathname === '/authorize') {
      asked = searchParams;
      states.push(asked.get('state'));
      const back = new URL(asked.get('redirect_uri'));
      back.search = new URLSearchParams({ code, state: asked.get('state') }).toString();
      return answer.writeHead(303, { location: back.href, 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' }).end();
    }
    if (pathname === '/token') {
      let form = '';
      for await (const piece of request) form += piece;
      const said = new URLSearchParams(form);
      const fits = said.get('code') === code && createHash('sha256').update(said.get('code_verifier') ?? '').digest('base64url') === asked.get('code_challenge');
      return fits ? says({ id_token: idToken(url), token_type: 'Bearer', access_token: 'x' }) : says({ error: 'invalid_grant' }, 400);
    }
    return says({}, 404);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  server.unref();
  return { url: `http://127.0.0.1:${server.address().port}`, states, close: () => new Promise((closed) => (server.closeAllConnections(), server.close(closed))) };
}
