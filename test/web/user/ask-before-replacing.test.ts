import { describe, expect, it } from 'vitest';
import { signIn, stage } from '../../flows/journey.ts';
import { locationOf, Visitor } from '../../support/visitor.ts';

const FROM_ELSEWHERE = { 'sec-fetch-site': 'cross-site', accept: 'text/html' };

describe('a link on another site to a login', () => {
  it.each(['cross-site', 'same-site'])('asks first where a session is in place (%s)', async (site) => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    const before = visitor.cookies.get('__Host-Http-session');
    const page = await visitor.get('/login/op?return_to=/inbox&prompt=login', {
      ...FROM_ELSEWHERE,
      'sec-fetch-site': site,
    });
    expect(page.status).toBe(200);
    const html = await page.text();
    expect(html).toContain('href="/session">');
    const link = /href="(\/login\/op\?[^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(visitor.cookies.get('__Host-Http-session')).toBe(before);
    const url = locationOf(await visitor.follow(link));
    expect(url.searchParams.get('prompt')).toBe('login');
    expect((await visitor.get(op.callback(url))).headers.get('location')).toBe('/inbox');
  });

  it('that the provider starts asks first as well (OpenID Connect Core §4)', async () => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    const query = new URLSearchParams({
      iss: op.issuer,
      login_hint: 'ada',
      target_link_uri: 'https://app.example/a',
    });
    const asked = await visitor.get(`/login?${query}`, FROM_ELSEWHERE);
    // A posted form comes without the session cookie, and leads on to a visit that brings it.
    const stranger = new Visitor(visitor.env);
    const posted = await stranger.send('POST', '/login', {
      body: query,
      headers: {
        ...FROM_ELSEWHERE,
        origin: 'https://portal.example',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
      },
    });
    expect(posted.status).toBe(303);
    const led = await visitor.get(posted.headers.get('location') ?? '', FROM_ELSEWHERE);
    for (const page of [asked, led]) {
      expect(page.status).toBe(200);
      expect(await page.text()).toContain('href="/login/op?login_hint=ada&amp;return_to=%2Fa"');
    }
    expect((await stranger.get(posted.headers.get('location') ?? '', FROM_ELSEWHERE)).status).toBe(302);
  });

  it('is known without Fetch Metadata by the page it came from', async () => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    const headers = { accept: 'text/html', referer: 'https://evil.example/page' };
    expect((await visitor.send('GET', '/login/op', { headers })).status).toBe(200);
  });

  it.each([
    ['nobody is signed in', false, FROM_ELSEWHERE],
    ['it is a link of this origin', true, { 'sec-fetch-site': 'same-origin' }],
    ['the address was typed', true, { 'sec-fetch-site': 'none' }],
    ['nothing tells where it came from', true, {}],
  ])('does not ask where %s', async (_, signedIn, headers) => {
    const { op, visitor } = await stage();
    if (signedIn) await signIn(visitor, op);
    expect((await visitor.get('/login/op', headers)).status).toBe(302);
  });
});
