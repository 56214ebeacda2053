import { describe, expect, it } from 'vitest';
import { Api, ApiError, codeOf } from './api';

function serverThat(answers: (path: string, init: RequestInit) => Response | Promise<Response>) {
  const asked: { path: string; init: RequestInit }[] = [];
  const api = new Api(async (path, init) => {
    asked.push({ path, init });
    return answers(path, init);
  });
  return { api, asked };
}

const json = (body: unknown, status = 200, type = 'application/json') =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': type } });

describe('the http side', () => {
  it('a change is JSON from our own origin, even where it says nothing', async () => {
    const { api, asked } = serverThat(() => new Response(null, { status: 204 }));
    await api.revokeInvite('rm_1', 'in_2');
    const [{ path, init }] = asked as [{ path: string; init: RequestInit }];
    expect(path).toBe('/api/groups/rm_1/invites/in_2/revoke');
    expect(init.method).toBe('POST');
    expect(init.body).toBe('{}');
    expect(new Headers(init.headers).get('content-type')).toBe('application/json');
    expect(init.credentials).toBe('same-origin');
    expect(init.redirect).toBe('error');
    expect(init.referrerPolicy).toBe('no-referrer');
  });

  it('a problem becomes an error with its code', async () => {
    const { api } = serverThat(() => json({ code: 'wrong_credentials', title: 'No.', status: 401 }, 401, 'application/problem+json'));
    const error = await api.signIn({ email: 'a@b', passphrase: 'x' }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(codeOf(error)).toBe('wrong_credentials');
  });

  it('no network is an error with a code and not a rejection of another kind', async () => {
    const { api } = serverThat(() => Promise.reject(new TypeError('Failed to fetch')));
    expect(codeOf(await api.state().catch((caught: unknown) => caught))).toBe('unreachable');
  });

  it("a proxy's own error page is 'unavailable', not an answer", async () => {
    const { api } = serverThat(() => new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'content-type': 'text/html' } }));
    expect(codeOf(await api.state().catch((caught: unknown) => caught))).toBe('unavailable');
  });

  it('a page of HTML in place of an answer is not taken for one', async () => {
    const { api } = serverThat(() => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } }));
    expect(codeOf(await api.state().catch((caught: unknown) => caught))).toBe('strange_answer');
  });

  it('a room id cannot lead the request to another path', async () => {
    const { api, asked } = serverThat(() => json({ ticket: 't', expires_at: 1 }));
    await api.ticket('../sign-out');
    expect(asked[0]?.path).toBe('/api/rooms/..%2Fsign-out/ticket');
  });
});
