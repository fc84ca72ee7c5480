import { describe, expect, it } from 'vitest';
import type { Arrived } from './raw-upstream.ts';
import { fetchOwn, upstreamStage } from './stage.ts';

/** What arrives of a request with these headers. */
async function arrivedWith(headers: HeadersInit, entry = {}, options = {}): Promise<Arrived> {
  const { visitor, upstream } = await upstreamStage({ entry, ...options });
  expect((await fetchOwn(visitor, '/api/x', { headers })).status).toBe(204);
  const [request] = await upstream.arrived();
  if (!request) throw new Error('nothing arrived');
  return request;
}

describe('what a client sends', () => {
  it.each([
    ['its own credentials', 'authorization', 'Bearer stolen'],
    ['cookies', 'cookie', 'a=1'],
    ['who forwarded it', 'x-forwarded-for', '192.0.2.1'],
    ['the host it was forwarded for', 'x-forwarded-host', 'evil.example'],
    ['any other x-forwarded header', 'x-forwarded-user', 'admin'],
    ['the standard form of these', 'forwarded', 'for=192.0.2.1;host=evil.example'],
    ['the same with underscores', 'x_forwarded_host', 'evil.example'],
    ['an address', 'x-real-ip', '192.0.2.1'],
    ['an address under another name', 'client-ip', '192.0.2.1'],
    ['the address before another proxy', 'x-original-forwarded-for', '192.0.2.1'],
    ['the method before another proxy', 'x-original-method', 'DELETE'],
    ['settings of a connection', 'http2-settings', 'AAMAAABk'],
    ['a user as Apache tells it', 'remote-user', 'admin'],
    ['a user as CGI programs tell it', 'x-remote-user', 'admin'],
    ['a user as oauth2-proxy tells it', 'x-auth-request-email', 'admin@example.com'],
    ['a user as Grafana reads it', 'x-webauth-user', 'admin'],
    ['a user as a load balancer tells it', 'x-amzn-oidc-data', 'x.y.z'],
    ['a certificate that was presented', 'ssl-client-cert', 'MIIB9TCCAV4'],
    ['an address of Cloudflare’s', 'cf-connecting-ip', '192.0.2.1'],
    ['an assertion of Cloudflare Access', 'cf-access-jwt-assertion', 'x.y.z'],
    ['another path', 'x-original-url', '/admin'],
    ['another path, in another spelling', 'x_rewrite_url', '/admin'],
    ['another method', 'x-http-method-override', 'DELETE'],
    ['an assertion of ours', 'drawbridge-assertion', 'x.y.z'],
    ['the same with underscores', 'drawbridge_assertion', 'x.y.z'],
    ['a proof of its own', 'dpop', 'x.y.z'],
    ['credentials for a proxy', 'proxy-authorization', 'Basic eDp4'],
    ['hop-by-hop wishes', 'te', 'trailers'],
    ['an expectation', 'expect', '100-continue'],
    ['an upgrade that is none', 'upgrade', 'h2c'],
    ['our own origin, to an API', 'origin', 'https://app.example'],
    ['our own pages, to an API', 'referer', 'https://app.example/secret'],
  ])('does not reach the upstream: %s', async (_, name, value) => {
    const request = await arrivedWith({ [name]: value });
    expect(request.head).not.toContain(value);
    expect(request.headers.has(name)).toBe(false);
  });

  it('reaches it unchanged where it is about the request itself', async () => {
    const sent = {
      accept: 'application/json',
      'accept-language': 'de',
      'content-type': 'text/plain',
      'if-none-match': '"a"',
      range: 'bytes=0-1',
      'x-request-id': '7',
      'user-agent': 'test',
    };
    const request = await arrivedWith(sent);
    for (const [name, value] of Object.entries(sent)) expect(request.headers.get(name)).toEqual([value]);
  });

  it('does not reach it where `Connection` names it (RFC 9110 §7.6.1)', async () => {
    const request = await arrivedWith({ connection: 'X-Hop, close', 'x-hop': '1', 'x-kept': '1' });
    expect(request.headers.has('x-hop')).toBe(false);
    expect(request.headers.get('x-kept')).toEqual(['1']);
  });

  it('can’t take our token away by naming it in `Connection`', async () => {
    const request = await arrivedWith({ connection: 'authorization, host' }, { provider: 'op' });
    expect(request.headers.get('authorization')).toEqual([expect.stringMatching(/^Bearer access-/)]);
  });

  it('does not choose the host', async () => {
    const request = await arrivedWith({ host: 'evil.example' });
    expect(request.headers.get('host')).toEqual([expect.stringMatching(/^127\.0\.0\.1:/)]);
  });

  it('passes cookies that the upstream names, never ours', async () => {
    const cookies = ['theme', 'session', '__Host-Http-session'];
    const request = await arrivedWith({}, { cookies }, { visit: { theme: 'dark', other: '1' } });
    expect(request.headers.get('cookie')).toEqual(['theme=dark']);
  });
});

describe('a `headers` template', () => {
  const claims = {
    idTokenClaims: {
      name: 'Ω李',
      email: 'ada@example.com',
      email_verified: true,
      groups: ['a', 'b,c'],
      level: 3,
      padded: ' x ',
      broken: 'a\r\nX-Evil: 1\0',
    },
  };

  it.each([
    ['text', 'plain text', 'plain text'],
    ['the subject', '{sub}', 'user-1'],
    ['the issuer', 'from {iss}', 'from https://op.example'],
    ['a verified e-mail', '{email}', 'ada@example.com'],
    ['a name outside ASCII, percent-encoded', '{name}', '%CE%A9%E6%9D%8E'],
    ['a list, its commas escaped', '{groups}', 'a,b%2Cc'],
    ['a number', '{level}', '3'],
    ['spaces at the ends, which would be lost', '{padded}', '%20x%20'],
    ['line breaks and NUL', '{broken}', 'a%0D%0AX-Evil: 1%00'],
  ])('sends %s', async (_, template, value) => {
    const request = await arrivedWith({}, { headers: { 'X-User': template } }, claims);
    expect(request.headers.get('x-user')).toEqual([value]);
    expect(request.headers.has('x-evil')).toBe(false);
  });

  it.each([
    ['a missing claim', '{nickname}'],
    ['a missing claim within text', 'user {nickname}'],
    ['a name that every object has', '{constructor}'],
    ['a claim that is an object', '{address}'],
  ])('sends nothing for %s, whatever the client sends', async (_, template) => {
    const request = await arrivedWith(
      { 'x-user': 'admin' },
      { headers: { 'X-User': template } },
      { idTokenClaims: { address: { city: 'x' } } },
    );
    expect(request.headers.has('x-user')).toBe(false);
  });

  it('sends no e-mail that would not count for `allow`', async () => {
    const request = await arrivedWith(
      {},
      { headers: { 'X-Email': '{email}' } },
      { idTokenClaims: { email: 'ada@example.com', email_verified: false } },
    );
    expect(request.headers.has('x-email')).toBe(false);
  });

  it('takes the place of what a client sends under any spelling of the name', async () => {
    const request = await arrivedWith(
      { X_User: 'admin', 'x-user': 'root', 'X-USER_': 'z', 'X.User': 'admin', 'x~user': 'admin' },
      { headers: { 'X-User': '{sub}' } },
    );
    expect(request.headers.get('x-user')).toEqual(['user-1']);
    for (const name of ['x_user', 'x.user', 'x~user']) expect(request.headers.has(name)).toBe(false);
  });
});
