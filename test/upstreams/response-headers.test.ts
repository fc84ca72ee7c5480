import { describe, expect, it } from 'vitest';
import type { Upstream } from '../../src/settings/upstream.ts';
import { returnedLocation } from '../../src/upstreams/location.ts';
import { privateCaching } from '../../src/upstreams/response-headers.ts';
import { ORIGIN } from '../support/settings.ts';
import { answer } from './raw-upstream.ts';
import { fetchOwn, upstreamStage } from './stage.ts';

type Sent = Record<string, string | string[]>;

/** What the browser gets of an upstream's response with these headers. */
async function returned(sent: Sent, entry = {}, status = '200 OK'): Promise<Response> {
  const { visitor, upstream } = await upstreamStage({ entry });
  await upstream.answers(answer(status, sent, 'body'));
  return fetchOwn(visitor, '/api/x');
}

describe('a link to another page of the API (RFC 8288)', () => {
  it.each([
    [
      '<BASEitems?page=2>; rel="next", <BASEitems?page=9>; rel="last"',
      '<API/items?page=2>; rel="next", <API/items?page=9>; rel="last"',
    ],
    ['</ID/items?page=2>; rel="next"', '<API/items?page=2>; rel="next"'],
    ['<?page=2>;rel=next,</ID/y>;rel=last', '<?page=2>;rel=next,<API/y>;rel=last'],
    ['<https://elsewhere.example/>; rel="help"', '<https://elsewhere.example/>; rel="help"'],
    ['</other>; rel="up"; title="<BASEx>"', '</other>; rel="up"; title="<BASEx>"'],
    ['<https://user@elsewhere.example/>', '<https://user@elsewhere.example/>'],
    ['<not closed', '<not closed'],
  ])('leads back here: %s', async (sent, expected) => {
    const { visitor, upstream } = await upstreamStage();
    const filled = (text: string) => text.replaceAll('BASE', upstream.target).replaceAll('ID', upstream.id);
    await upstream.answers(answer('200 OK', { Link: filled(sent) }, 'body'));
    const response = await fetchOwn(visitor, '/api/x');
    expect(response.headers.get('link')).toBe(filled(expected).replaceAll('API', `${ORIGIN}/api`));
  });
});

describe('what an API says', () => {
  it.each([
    ['Set-Cookie', 'a=1'],
    ['Set-Cookie', '__Host-Http-session=x; Path=/; Secure'],
    ['Set-Cookie2', 'a=1'],
    ['Access-Control-Allow-Origin', 'https://evil.example'],
    ['Access-Control-Allow-Credentials', 'true'],
    ['Clear-Site-Data', '"cookies"'],
    ['Service-Worker-Allowed', '/'],
    ['Refresh', '0; url=https://evil.example'],
    ['Strict-Transport-Security', 'max-age=1'],
    ['Alt-Svc', 'h3=":443"'],
    ['NEL', '{}'],
    ['Report-To', '{}'],
    ['Reporting-Endpoints', 'a="https://evil.example"'],
    ['Accept-CH', 'UA'],
    ['Origin-Trial', 'x'],
    ['Public-Key-Pins', 'x'],
    ['WWW-Authenticate', 'Basic realm="x"'],
    ['Proxy-Authenticate', 'Basic realm="x"'],
    ['Content-Security-Policy-Report-Only', "default-src 'self'"],
    ['Use-As-Dictionary', 'match="/*"'],
    ['Speculation-Rules', '"/rules"'],
    ['Set-Login', 'logged-in'],
    ['Secure-Session-Registration', '(ES256);path="/"'],
    ['Sec-Session-Challenge', '"x"'],
    ['Integrity-Policy', 'blocked-destinations=(script)'],
    ['Document-Isolation-Policy', 'isolate-and-require-corp'],
    ['Connection-Allowlist', '("https://evil.example")'],
    ['No-Vary-Search', 'params'],
    ['X-DNS-Prefetch-Control', 'on'],
    ['X-Accel-Redirect', '/internal/secret'],
    ['X-Sendfile', '/etc/passwd'],
    ['CDN-Cache-Control', 'max-age=9'],
    ['Cloudflare-CDN-Cache-Control', 'max-age=9'],
    ['Surrogate-Control', 'max-age=9'],
    ['CF-Ray', 'x'],
    ['DPoP-Nonce', 'x'],
    ['Drawbridge-Error', 'not_signed_in'],
    ['Access_Control_Allow_Origin', '*'],
  ])('does not reach the browser: %s', async (name, value) => {
    const response = await returned({ [name]: value });
    expect(response.status).toBe(200);
    const passed = response.headers.get(name);
    if (name === 'Strict-Transport-Security') expect(passed).not.toBe(value);
    else expect(passed).toBe(null);
  });

  it('does not reach it where `Connection` names it', async () => {
    const response = await returned({ Connection: 'X-Hop', 'X-Hop': '1', 'X-Kept': '1' });
    expect(response.headers.get('x-hop')).toBe(null);
    expect(response.headers.get('x-kept')).toBe('1');
  });

  it('reaches it where it is about the response itself', async () => {
    const sent = { 'Content-Type': 'text/csv', ETag: '"a"', Link: '<x>; rel=next', 'X-RateLimit': '7' };
    const response = await returned(sent);
    for (const [name, value] of Object.entries(sent)) expect(response.headers.get(name)).toBe(value);
    expect(await response.text()).toBe('body');
  });

  it.each(['text/html', 'image/svg+xml', 'text/javascript'])('can’t act as a page: %s', async (type) => {
    const response = await returned({
      'Content-Type': type,
      'Content-Security-Policy': "script-src 'unsafe-inline'",
      'X-Frame-Options': 'ALLOWALL',
    });
    expect(response.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('x-frame-options')).toBe('DENY');
    expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin');
  });

  it.each(['401 Unauthorized', '403 Forbidden', '404 Not Found', '500 Oops'])(
    'passes with its body when it refuses: %s',
    async (status) => {
      const response = await returned({ 'WWW-Authenticate': 'Basic' }, {}, status);
      expect(`${response.status} ${response.statusText}`).toBe(status);
      expect(response.headers.has('drawbridge-error')).toBe(false);
      expect(response.headers.has('www-authenticate')).toBe(false);
      expect(await response.text()).toBe('body');
    },
  );
});

describe('caching', () => {
  it.each([
    [null, 'no-store'],
    ['', 'no-store'],
    ['public, max-age=60', 'private, max-age=60'],
    ['max-age=60, s-maxage=600', 'private, max-age=60'],
    ['S-MAXAGE=600', 'private'],
    ['public', 'private'],
    ['no-cache', 'private, no-cache'],
    ['private, max-age=5', 'private, max-age=5'],
    ['private="x-a, x-b", max-age=5', 'private, max-age=5'],
    ['no-store, max-age=5', 'no-store'],
    ['No-Store', 'no-store'],
    ['public, immutable, max-age=31536000', 'private, immutable, max-age=31536000'],
  ])('is the browser’s alone: %s becomes %s', (received, expected) => {
    expect(privateCaching(received)).toBe(expected);
  });

  it('keeps nothing for who signs in next in the same browser', async () => {
    const kept = await returned({ 'Cache-Control': 'public, max-age=60', Vary: 'Accept' });
    expect(kept.headers.get('vary')).toBe('Accept, Cookie');
    expect((await returned({})).headers.get('vary')).toBe(null);
  });

  it('keeps ETag and 304 working', async () => {
    const { visitor, upstream } = await upstreamStage();
    await upstream.answers(['HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nCache-Control: max-age=5\r\n\r\n']);
    const response = await fetchOwn(visitor, '/api/x', { headers: { 'if-none-match': '"a"' } });
    expect(response.status).toBe(304);
    expect(response.headers.get('etag')).toBe('"a"');
    expect(response.headers.get('cache-control')).toBe('private, max-age=5');
    expect((await upstream.arrived())[0]?.headers.get('if-none-match')).toEqual(['"a"']);
  });

  it('keeps ranges working', async () => {
    const { visitor, upstream } = await upstreamStage();
    await upstream.answers(answer('206 Partial Content', { 'Content-Range': 'bytes 0-1/9' }, 'ab'));
    const response = await fetchOwn(visitor, '/api/x', { headers: { range: 'bytes=0-1' } });
    expect([response.status, response.headers.get('content-range'), await response.text()]).toEqual([
      206,
      'bytes 0-1/9',
      'ab',
    ]);
  });
});

describe('a redirect', () => {
  it.each([
    ['relative', 'next', '/api/next'],
    ['absolute in the target', (target: string) => `${target}a/b?c=1#d`, '/api/a/b?c=1#d'],
    ['by path', (target: string) => `${new URL(target).pathname}a`, '/api/a'],
    ['to the base', (target: string) => target, '/api/'],
    ['to the base without its slash', (target: string) => target.slice(0, -1), '/api/'],
    [
      'to the base without its slash, with a query',
      (target: string) => `${target.slice(0, -1)}?a=1`,
      '/api/?a=1',
    ],
  ])(
    'inside the target’s base is mapped to the public path, and not followed: %s',
    async (_, to, expected) => {
      const { visitor, upstream } = await upstreamStage();
      const location = typeof to === 'string' ? to : to(upstream.target);
      await upstream.answers(answer('302 Found', { Location: location }));
      const response = await fetchOwn(visitor, '/api/x');
      expect([response.status, response.headers.get('location')]).toEqual([302, expected]);
      expect(await upstream.arrived()).toHaveLength(1);
    },
  );

  const OUTSIDE = [
    'https://evil.example/',
    '//evil.example/',
    '/elsewhere',
    '../x',
    'http://[',
    'javascript:alert(1)',
    '\\\\evil.example',
  ];

  it.each(OUTSIDE)('of an API to %s is a 502', async (location) => {
    const { visitor, upstream } = await upstreamStage();
    await upstream.answers(answer('302 Found', { Location: location }));
    const response = await fetchOwn(visitor, '/api/x');
    expect(response.status).toBe(502);
    expect(response.headers.get('drawbridge-error')).toBe('upstream_unreachable');
    expect(response.headers.has('location')).toBe(false);
  });

  it('of an API beside what it created is left out', async () => {
    const response = await returned({ Location: 'https://elsewhere.example/1' }, {}, '201 Created');
    expect([response.status, response.headers.get('location')]).toEqual([201, null]);
  });

  const behindTls = { requested: 'https://shop.example/v1/x', base: 'https://shop.example/v1/' };
  it.each([
    ['of a server behind TLS that says http', 'http://shop.example/v1/a?b#c', '/api/a?b#c'],
    ['to its public name, which it was told', 'https://app.example/api/a', '/api/a'],
    ['to its public name, by http', 'http://app.example/api/', '/api/'],
    ['to the public name without a slash', 'https://app.example/api', '/api/'],
  ])('%s is mapped', (_, location, expected) => {
    const places = { ...behindTls, origin: ORIGIN, publicPath: '/api/' };
    const response = new Response(null, { status: 302, headers: { location } });
    expect(returnedLocation({ kind: 'api' } as Upstream, response, places)).toBe(expected);
  });

  it.each([
    'http://shop.example:8080/v1/a',
    'http://shop.example/v2/',
    'http://shop.example.evil.example/v1/',
    'https://app.example/apix',
    'https://app.example/login',
  ])('of an API to the other place %s is refused', (location) => {
    const places = { ...behindTls, origin: ORIGIN, publicPath: '/api/' };
    const response = new Response(null, { status: 302, headers: { location } });
    expect(() => returnedLocation({ kind: 'api' } as Upstream, response, places)).toThrow();
  });

  it('of an API to our origin is refused where the upstream has no path there', () => {
    const places = { ...behindTls, origin: ORIGIN, publicPath: '/' };
    const response = new Response(null, { status: 302, headers: { location: `${ORIGIN}/a` } });
    expect(() => returnedLocation({ kind: 'api' } as Upstream, response, places)).toThrow();
  });

  it('is none in a 304, whatever its headers repeat of an earlier answer', async () => {
    const response = await returned({ Location: 'https://elsewhere.example/' }, {}, '304 Not Modified');
    expect([response.status, response.headers.get('location')]).toEqual([304, null]);
  });

  it.each(['//evil.example/', './/evil.example/', '//evil.example?a#b'])(
    'to the target’s own path %s does not become one to another host',
    async (path) => {
      const location = `https://shop.example/${path}`;
      const entry = { target: 'https://shop.example/' } as unknown as Upstream;
      const base = 'https://shop.example/';
      const places = { origin: ORIGIN, requested: `${base}x`, base, publicPath: '/' };
      const mapped = returnedLocation(entry, new Response(null, { headers: { location } }), places);
      expect(new URL(mapped ?? '', ORIGIN).origin).toBe(ORIGIN);
      expect(new URL(mapped ?? '', ORIGIN).pathname).toMatch(/^\/\/+evil\.example/);
    },
  );

  it('of an app to somewhere else is passed on', async () => {
    const response = await returned({ Location: 'https://shop.example/' }, { kind: 'app' }, '302 Found');
    expect([response.status, response.headers.get('location')]).toEqual([302, 'https://shop.example/']);
  });
});

describe('a cookie of an app', () => {
  it.each([
    ['theme=dark; Path=/; HttpOnly', 'theme=dark; Path=/api/; HttpOnly'],
    ['theme=dark; Domain=app.example; Max-Age=5', 'theme=dark; Max-Age=5'],
    ['__Host-csrf=x; Secure; Path=/', '__Host-csrf=x; Secure; Path=/'],
    ['a=b=c; SameSite=Strict', 'a=b=c; SameSite=Strict'],
    ['cart[0]=x; Path=/', 'cart[0]=x; Path=/api/'],
    ['app:seen@1=x', 'app:seen@1=x'],
    [' spaced = x ; path=/', 'spaced=x; Path=/api/'],
  ])('is passed on, without `Domain`, its `Path` mapped: %s', async (line, expected) => {
    const response = await returned({ 'Set-Cookie': line }, { kind: 'app' });
    expect(response.headers.getSetCookie()).toEqual([expected]);
  });

  it.each([
    '__Host-Http-session=x',
    '__Host-Http-session.1=x',
    '__host-http-SESSION=x',
    'drawbridge-session=x',
    'drawbridge-login-abc=x',
    'session=x',
    'session.1=x',
    'session =x',
    ' session=x',
    'SESSION=x',
    '=session=x',
    '=__Host-Http-session=x',
    'session',
    '__Secure-session=x',
    '__Host-admin=x',
    '__Host-Http-login-abc=x',
    'login-0=x',
    'ses\tsion=x',
    '"session"=x',
    'session,a=x',
  ])('of our own names is not: %s', async (line) => {
    const response = await returned({ 'Set-Cookie': [line, 'ok=1'] }, { kind: 'app' });
    expect(response.headers.getSetCookie()).toEqual(['ok=1']);
  });

  it('may have a plain name like ours where the upstream lists it', async () => {
    const response = await returned(
      { 'Set-Cookie': ['session=x', '__Host-Http-session=y', 'other=z'] },
      { kind: 'app', cookies: ['session', '__Host-Http-session'] },
    );
    expect(response.headers.getSetCookie()).toEqual(['session=x']);
  });

  it('is sent to it, ours are not', async () => {
    const { visitor, upstream } = await upstreamStage({
      entry: { kind: 'app' },
      visit: { theme: 'dark', 'cart[0]': '1', 'session.1': 'x', 'drawbridge-session': 'y' },
    });
    await fetchOwn(visitor, '/api/x');
    expect((await upstream.arrived())[0]?.headers.get('cookie')).toEqual(['theme=dark; cart[0]=1']);
  });
});
