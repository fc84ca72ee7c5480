import { describe, expect, it } from 'vitest';
import { ScriptedProvider } from '../../fakes/scripted-provider.ts';
import { signIn } from '../../flows/journey.ts';
import { SESSION_KEEPER, TOKENS } from '../../sessions/durable-object/keeper-stage.ts';
import { settings } from '../../support/settings.ts';
import { errorOf, locationOf, Visitor } from '../../support/visitor.ts';

type Members = Record<string, unknown>;

/** Two providers, and a browser whose session was founded at `one` and has `two` connected. */
async function connected(env: Members, entry: Members = {}) {
  const one = await ScriptedProvider.start('https://one.example');
  const two = await ScriptedProvider.start('https://two.example');
  one.sub = crypto.randomUUID();
  two.sub = crypto.randomUUID();
  const visitor = new Visitor(
    settings({
      PROVIDERS: { one: one.entry(), two: two.entry(entry) },
      ONE_CLIENT_SECRET: one.clientSecret,
      TWO_CLIENT_SECRET: two.clientSecret,
      ...env,
    }),
  );
  await signIn(visitor, one, '/login/one');
  const connect = async (op: ScriptedProvider, id: string, headers = {}) => {
    const started = await visitor.follow(`/login/${id}?connect=1&return_to=/inbox`);
    return visitor.get(op.callback(locationOf(started)), headers);
  };
  expect((await connect(two, 'two')).status).toBe(303);
  return { one, two, visitor, connect };
}

interface SessionBody {
  readonly sub: string;
  readonly claims: Members;
  readonly grants: readonly { readonly provider: string }[];
}

async function sessionOf(visitor: Visitor): Promise<SessionBody> {
  return (await visitor.getJson('/session')).json();
}

/** The tokens that were given up. */
const revoked = (op: ScriptedProvider) =>
  op.requests.filter(({ path }) => path === '/revoke').map(({ form }) => form.get('token'));

/** Sends a form of a page as the browser would. */
function answer(visitor: Visitor, page: string, value: string, headers: Record<string, string> = {}) {
  const pending = /name="pending" value="([^"]+)"/.exec(page)?.[1] ?? 'none';
  const body = new URLSearchParams({ pending, answer: value });
  const own = { origin: visitor.origin, 'sec-fetch-site': 'same-origin' };
  return visitor.send('POST', '/session/replace', { body, headers: { ...own, ...headers } });
}

describe.each([
  ['in cookies', {}],
  ['on the server', { TOKENS, SESSION_KEEPER }],
])('connecting with another account, sessions %s', (_, env) => {
  it('asks both of two equal callbacks, with the same cookies', async () => {
    const { two, visitor } = await connected(env);
    two.sub = 'somebody else';
    const path = two.callback(locationOf(await visitor.follow('/login/two?connect=1')));
    const again = visitor.at(visitor.env);
    const html = { accept: 'text/html' };
    const [first, second] = await Promise.all([visitor.get(path, html), again.get(path, html)]);
    expect(first.status).toBe(200);
    expect(first.headers.getSetCookie()).not.toEqual([]);
    expect(second.headers.getSetCookie()).toEqual(first.headers.getSetCookie());
    expect(await second.text()).toBe(await first.text());
  });

  it('at the founding provider is refused: the session keeps its person, the token that came is revoked', async () => {
    const { one, visitor, connect } = await connected(env);
    const before = await sessionOf(visitor);
    one.sub = 'somebody else';
    const page = await connect(one, 'one', { accept: 'text/html' });
    expect(page.status).toBe(409);
    const html = await page.text();
    expect(html).toContain('<code>account_mismatch</code>');
    expect(html).toMatch(/href="\/login\/one\?return_to=%2Finbox">Sign in as the other person</);
    expect(html).toMatch(/href="\/session">Stay signed in</);
    expect(await sessionOf(visitor)).toMatchObject({
      sub: before.sub,
      claims: before.claims,
      grants: before.grants,
    });
    expect(revoked(one).length).toBeGreaterThan(0);
  });

  it('at the founding provider with the same account renews the grant', async () => {
    const { one, visitor, connect } = await connected(env);
    expect((await connect(one, 'one')).headers.get('location')).toBe('/inbox');
    expect((await sessionOf(visitor)).grants.map(({ provider }) => provider)).toEqual(['one', 'two']);
    expect(revoked(one)).toEqual([]);
  });

  it('at a connected provider asks, and replaces the account if told so', async () => {
    const { two, visitor, connect } = await connected(env);
    const { sub } = await sessionOf(visitor);
    two.sub = 'grace';
    two.idTokenClaims = (right) => ({ ...right, email: 'grace@example.com' });
    const page = await connect(two, 'two');
    expect(page.status).toBe(200);
    const html = await page.text();
    expect(html).toContain('grace@example.com');
    expect(revoked(two)).toEqual([]);
    const replaced = await answer(visitor, html, 'replace');
    expect(replaced.status).toBe(303);
    expect(replaced.headers.get('location')).toBe('/inbox');
    expect(await sessionOf(visitor)).toMatchObject({
      sub,
      grants: [{ provider: 'one' }, { provider: 'two' }],
    });
    expect(revoked(two).length).toBeGreaterThan(0);
    // The same account again is no question any more.
    expect((await connect(two, 'two')).headers.get('location')).toBe('/inbox');
  });

  it('at a connected provider keeps the account if told so, and revokes what came', async () => {
    const { two, visitor, connect } = await connected(env);
    const first = two.sub;
    two.sub = 'grace';
    const html = await (await connect(two, 'two')).text();
    expect((await answer(visitor, html, 'keep')).headers.get('location')).toBe('/inbox');
    expect(revoked(two).length).toBeGreaterThan(0);
    two.sub = first;
    expect((await connect(two, 'two')).status).toBe(303);
  });

  it('is answered once, from a page of this origin, in the session that was asked', async () => {
    const { two, visitor, connect } = await connected(env);
    two.sub = 'grace';
    const html = await (await connect(two, 'two')).text();
    expect(
      await errorOf(
        await answer(visitor, html, 'replace', {
          origin: 'https://evil.example',
          'sec-fetch-site': 'cross-site',
          accept: 'application/json',
        }),
      ),
    ).toBe('forbidden');
    expect(
      await errorOf(await answer(new Visitor(visitor.env), html, 'replace', { accept: 'application/json' })),
    ).toBe('not_signed_in');
    expect((await answer(visitor, html, 'replace')).status).toBe(303);
    expect(await errorOf(await answer(visitor, html, 'replace', { accept: 'application/json' }))).toBe(
      'invalid_request',
    );
  });

  it('a program is told, and what came is revoked', async () => {
    const { two, visitor, connect } = await connected(env);
    two.sub = 'grace';
    const refused = await connect(two, 'two', { accept: 'application/json' });
    expect(refused.status).toBe(409);
    expect(await errorOf(refused)).toBe('account_mismatch');
    expect(revoked(two).length).toBeGreaterThan(0);
    expect((await sessionOf(visitor)).grants).toHaveLength(2);
  });

  it('the same `sub` at another tenant is another account', async () => {
    const { one, visitor, connect } = await connected(env);
    const before = await sessionOf(visitor);
    expect(before).toMatchObject({ sub: one.sub });
    // A provider’s own idea of another person: another sub, in another case.
    one.sub = one.sub.toUpperCase();
    expect((await connect(one, 'one', { accept: 'application/json' })).status).toBe(409);
  });
});
