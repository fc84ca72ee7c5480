import { describe, expect, it } from 'vitest';
import { signIn, stage } from '../../flows/journey.ts';

const USERINFO = 'https://op.example/userinfo';

async function signedIn(env = {}) {
  const { op, visitor } = await stage({ userinfo_endpoint: USERINFO }, { INSPECT: true, ...env });
  await signIn(visitor, op);
  const call = (form: Record<string, string>, headers: Record<string, string> = {}) =>
    visitor.send('POST', '/session/call', {
      headers: {
        origin: visitor.origin,
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      },
      body: new URLSearchParams(form),
    });
  return { op, visitor, call };
}

describe('calling an API from the session page', () => {
  it('sends the access token and shows request and answer, the token hidden', async () => {
    const { op, call } = await signedIn();
    const page = await (await call({ provider: 'op', url: USERINFO })).text();
    const asked = op.requests.filter(({ url }) => url === USERINFO).at(-1);
    expect(asked?.headers.get('authorization')).toMatch(/^Bearer access-/);
    expect(page).toContain('GET https://op.example/userinfo');
    expect(page).toContain('authorization: Bearer •••');
    expect(page).toContain('Authorization: Bearer $ACCESS_TOKEN');
  });

  it('gives a program both as JSON', async () => {
    const { call } = await signedIn();
    const answer = await call({ provider: 'op', url: USERINFO }, { accept: 'application/json' });
    expect(await answer.json()).toMatchObject({
      url: USERINFO,
      steps: [{ title: 'API call', request: { method: 'GET' }, response: { status: 200 } }],
    });
  });

  it.each([
    ['', 'Enter a URL.'],
    ['me', 'Enter a full URL'],
    ['http://api.example/me', 'Use https.'],
    ['javascript:alert(1)', 'Use https.'],
    [`https://api.example/${'x'.repeat(3000)}`, 'at most 2048 characters'],
  ])('tells what is wrong with %j beside the field, and sends nothing', async (url, error) => {
    const { op, call } = await signedIn();
    const before = op.requests.length;
    const answer = await call({ provider: 'op', url });
    expect(answer.status).toBe(400);
    const page = await answer.text();
    expect(page).toContain('aria-invalid="true"');
    expect(page).toContain(error);
    expect(op.requests.length).toBe(before);
  });

  it('is not there outside INSPECT', async () => {
    const { call } = await signedIn({ INSPECT: false });
    expect((await call({ url: USERINFO })).status).toBe(404);
  });

  it('takes no form of another site', async () => {
    const { call } = await signedIn();
    const answer = await call(
      { url: USERINFO },
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    );
    expect(answer.status).toBe(403);
  });
});

describe('“Refresh now”', () => {
  it('leads to a page that says what it did', async () => {
    const { visitor } = await signedIn();
    const answer = await visitor.post('/session/refresh?provider=op');
    const page = await (await visitor.get(answer.headers.get('location') ?? '')).text();
    expect(page).toContain('Refreshed. The provider sent a new access token');
  });
});

describe('the session page outside INSPECT', () => {
  it('tells a user who they are, without claims, scopes or token types', async () => {
    const { visitor } = await signedIn({ INSPECT: false });
    const page = await (await visitor.get('/session')).text();
    expect(page).toContain('Signed in with');
    for (const word of ['bearer', 'UTC', 'scope', 'access_token', 'sub<']) expect(page).not.toContain(word);
  });
});
