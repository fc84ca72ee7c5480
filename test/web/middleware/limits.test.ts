import { describe, expect, it } from 'vitest';
import { signIn, stage, startLogin } from '../../flows/journey.ts';
import { ORIGIN } from '../../support/settings.ts';
import { errorOf } from '../../support/visitor.ts';

const ADMIN_TOKEN = 'hB7kQ2xW9eT4uY6iO1pA3sD5fG8jK0lZ';
const FROM = { 'cf-connecting-ip': '192.0.2.1' };

/** A binding that lets `most` requests of a key pass, and tells what it was asked. */
function limiter(most: number) {
  const counts = new Map<string, number>();
  const limit = async ({ key }: { key: string }) => {
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return { success: count <= most };
  };
  return { counts, binding: { limit } };
}

describe('the limiter', () => {
  it.each(['/login', '/login/op', '/callback', '/callback/nobody', '/admin', '/admin/sessions'])(
    'refuses what is too much at %s, and says when to come again',
    async (path) => {
      const { op, visitor } = await stage({}, { LIMITER: limiter(2).binding, ADMIN_TOKEN });
      for (let request = 0; request < 2; request++) {
        expect((await visitor.getJson(path, FROM)).status).not.toBe(429);
      }
      const before = op.requests.length;
      const response = await visitor.getJson(path, FROM);
      expect(response.status).toBe(429);
      expect(response.headers.get('retry-after')).toBe('60');
      expect(await errorOf(response)).toBe('rate_limited');
      expect(op.requests).toHaveLength(before);
    },
  );

  it('counts the callback of a redirect_uri on another path too', async () => {
    const { counts, binding } = limiter(1);
    const { op, visitor } = await stage({ redirect_uri: `${ORIGIN}/signed-in` }, { LIMITER: binding });
    expect((await signIn(visitor, op)).status).toBe(303);
    expect(counts.get('callback unknown')).toBe(1);
    expect((await visitor.get('/signed-in?code=x&state=y')).status).toBe(429);
  });

  it('counts each address and area by itself, by what the platform says', async () => {
    const { binding } = limiter(1);
    const { visitor } = await stage({}, { LIMITER: binding });
    const login = (headers: Record<string, string>) => visitor.get('/login', headers);
    expect((await login(FROM)).status).toBe(302);
    expect(
      (await login({ ...FROM, 'x-forwarded-for': '198.51.100.7', 'x-real-ip': '198.51.100.7' })).status,
    ).toBe(429);
    expect((await login({ 'cf-connecting-ip': '192.0.2.2' })).status).toBe(302);
    expect((await visitor.get('/callback', FROM)).status).toBe(400);
  });

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0:1::', '2001:db8:0:0::/64'],
    ['2001:db8::3:4:5:6:7', '2001:db8:0:3::9', '2001:db8:0:3::/64'],
    ['::1', '::2', '0:0:0:0::/64'],
  ])('counts %s and %s, of one IPv6 network, as one', async (first, second, network) => {
    const { counts, binding } = limiter(1);
    const { visitor } = await stage({}, { LIMITER: binding });
    expect((await visitor.get('/login', { 'cf-connecting-ip': first })).status).toBe(302);
    expect((await visitor.get('/login', { 'cf-connecting-ip': second })).status).toBe(429);
    expect((await visitor.get('/login', { 'cf-connecting-ip': '2001:db8:1:3::1' })).status).toBe(302);
    expect([...counts]).toEqual([
      [`login ${network}`, 2],
      ['login 2001:db8:1:3::/64', 1],
    ]);
  });

  it('leaves the rest alone: a user who is signed in stays so', async () => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    const limited = visitor.at({ ...visitor.env, LIMITER: limiter(0).binding });
    expect((await limited.getJson('/session', FROM)).status).toBe(200);
    expect((await limited.get('/', FROM)).status).toBe(200);
    expect((await limited.post('/logout', FROM)).status).toBe(303);
  });

  it('lets an operator pass who is one, however many requests came before', async () => {
    const { visitor } = await stage({}, { LIMITER: limiter(0).binding, ADMIN_TOKEN });
    const bearer = { ...FROM, authorization: `Bearer ${ADMIN_TOKEN}` };
    expect((await visitor.getJson('/admin/providers', bearer)).status).toBe(200);
    expect((await visitor.getJson('/admin/providers', FROM)).status).toBe(429);
  });

  it('that fails keeps nobody from signing in', async () => {
    const limit = () => Promise.reject(new Error('the binding is down'));
    const { op, visitor } = await stage({}, { LIMITER: { limit } });
    const url = await startLogin(visitor);
    expect((await visitor.get(op.callback(url))).status).toBe(303);
  });
});

describe('the limiter of failures', () => {
  it('counts no login that succeeds: an office behind one address gets in, also beside one that fails', async () => {
    const { counts, binding } = limiter(2);
    const { op, visitor } = await stage({}, { FAILURE_LIMITER: binding });
    const fail = () => visitor.getJson('/callback?code=x&state=y', FROM);
    expect([(await fail()).status, (await fail()).status]).toEqual([400, 400]);
    const refused = await fail();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('60');
    for (let user = 0; user < 20; user++) {
      visitor.cookies.clear();
      const url = await startLogin(visitor);
      expect((await visitor.get(op.callback(url), FROM)).status).toBe(303);
    }
    expect([...counts]).toEqual([['callback 192.0.2.1', 3]]);
  });

  it.each([
    ['a login that the user cancels', { error: 'access_denied' }],
    ['a provider that is down', { error: 'temporarily_unavailable' }],
  ])('%s: leaves the cookie cleared and the answer a 4xx', async (_, { error }) => {
    const { counts, binding } = limiter(0);
    const { op, visitor } = await stage({}, { FAILURE_LIMITER: binding });
    const url = await startLogin(visitor);
    const answer = await visitor.getJson(
      op.callback(
        url,
        () => new URLSearchParams({ error, state: url.searchParams.get('state') ?? '', iss: op.issuer }),
      ),
      FROM,
    );
    expect(answer.status).toBe(error === 'access_denied' ? 403 : 429);
    expect(counts.size).toBe(error === 'access_denied' ? 0 : 1);
    expect([...visitor.cookies.keys()]).toEqual([]);
  });

  it('counts a failed callback of a redirect_uri on another path too', async () => {
    const { counts, binding } = limiter(0);
    const { visitor } = await stage({ redirect_uri: `${ORIGIN}/signed-in` }, { FAILURE_LIMITER: binding });
    expect((await visitor.get('/signed-in?code=x&state=y', FROM)).status).toBe(429);
    expect([...counts.keys()]).toEqual(['callback 192.0.2.1']);
  });
});
