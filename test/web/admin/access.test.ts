import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadSettings } from '../../../src/settings/load-settings.ts';
import type { SettingsError } from '../../../src/settings/settings.ts';
import { ScriptedProvider } from '../../fakes/scripted-provider.ts';
import { settings } from '../../support/settings.ts';
import { desk, from } from './admin-stage.ts';

const AUDIENCE = '9a1f0c2b7d6e4f3a8b5c1d0e2f4a6b8c9a1f0c2b7d6e4f3a8b5c1d0e2f4a6b8c';
const OTHER_AUDIENCE = AUDIENCE.replaceAll('9', '8');

let keys: CryptoKeyPair;
let others: CryptoKeyPair;
beforeAll(async () => {
  [keys, others] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
});

afterEach(() => {
  vi.useRealTimers();
});

let teams = 0;

/** A Worker behind Cloudflare Access; each has a team of its own, since keys are cached per team. */
async function behindAccess(own = {}) {
  const team = `https://team-${teams++}.cloudflareaccess.com`;
  const stage = await desk({ ACCESS_TEAM_DOMAIN: team, ACCESS_AUDIENCE: AUDIENCE, ...own });
  const access = await ScriptedProvider.start(team);
  access.answers['/cdn-cgi/access/certs'] = async () =>
    Response.json({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'RS256', use: 'sig' }] });
  const now = Math.floor(Date.now() / 1000);
  const right = {
    iss: team,
    aud: [AUDIENCE],
    sub: crypto.randomUUID(),
    iat: now,
    exp: now + 300,
    type: 'app',
  };
  const sign = (claims: object = {}, key: CryptoKey = keys.privateKey) =>
    new SignJWT({ ...right, ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'k' }).sign(key);
  const visit = (assertion: string, headers: Record<string, string> = {}) =>
    stage.api('GET', '/admin/sessions', {
      accept: 'application/json',
      'cf-access-jwt-assertion': assertion,
      ...headers,
    });
  return { ...stage, access, team, now, right, sign, visit };
}

describe('Cloudflare Access', () => {
  it('opens the desk, without ADMIN_TOKEN too, and its keys are asked for once', async () => {
    const { visit, sign, access } = await behindAccess({ ADMIN_TOKEN: undefined });
    expect((await visit(await sign())).status).toBe(200);
    expect((await visit(await sign())).status).toBe(200);
    expect(access.paths).toEqual(['/cdn-cgi/access/certs']);
  });

  it('without ADMIN_TOKEN is what a refusal names', async () => {
    const { visit } = await behindAccess({ ADMIN_TOKEN: undefined });
    const refused = await visit('x.y.z');
    expect(refused.status).toBe(401);
    const { error, error_description, hint } = (await refused.json()) as Record<string, string>;
    expect(error).toBe('operator_required');
    expect(error_description).toContain('Cloudflare Access');
    expect(hint).not.toContain('Bearer');
  });

  type Stage = Awaited<ReturnType<typeof behindAccess>>;
  const unsigned = (right: object) =>
    `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(right))}.`.replaceAll('=', '');
  const FORGERIES: Record<string, (stage: Stage) => string | Promise<string>> = {
    'signed by another key': ({ sign }) => sign({}, others.privateKey),
    'for another application': ({ sign }) => sign({ aud: [OTHER_AUDIENCE] }),
    'of another team': ({ sign }) => sign({ iss: 'https://evil.cloudflareaccess.com' }),
    expired: ({ sign, now }) => sign({ exp: now - 60 }),
    'without an end': ({ sign }) => sign({ exp: undefined }),
    'with alg none': ({ right }) => unsigned(right),
    'with HS256 and the audience as the secret': ({ right }) =>
      new SignJWT(right)
        .setProtectedHeader({ alg: 'HS256', kid: 'k' })
        .sign(new TextEncoder().encode(AUDIENCE)),
    'that is no JWT': () => 'junk',
  };
  it.each(Object.entries(FORGERIES))('lets nobody in by an assertion %s', async (_, forge) => {
    const stage = await behindAccess();
    expect((await stage.visit(await forge(stage))).status).toBe(401);
  });

  it('lets nobody in while its keys can’t be read', async () => {
    const { visit, sign, access } = await behindAccess();
    access.answers['/cdn-cgi/access/certs'] = () => new Response('down', { status: 503 });
    expect((await visit(await sign())).status).toBe(401);
  });

  it('lets nobody in by keys that are too large to read', async () => {
    const { visit, sign, access } = await behindAccess();
    const key = { ...(await exportJWK(keys.publicKey)), kid: 'k' };
    const padding = 'x'.repeat(300_000);
    access.answers['/cdn-cgi/access/certs'] = () => Response.json({ keys: [key], padding });
    expect((await visit(await sign())).status).toBe(401);
  });

  it('takes a new key, asks for it at most every half minute, and knows its keys while they can’t be read', async () => {
    const { visit, sign, access } = await behindAccess();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    expect((await visit(await sign())).status).toBe(200);
    const publicKey = await exportJWK(others.publicKey);
    access.answers['/cdn-cgi/access/certs'] = () => Response.json({ keys: [{ ...publicKey, kid: 'k' }] });
    expect((await visit(await sign({}, others.privateKey))).status).toBe(401);
    expect(access.paths).toHaveLength(1);
    vi.setSystemTime(Date.now() + 31_000);
    expect((await visit(await sign({}, others.privateKey))).status).toBe(200);
    expect(access.paths).toHaveLength(2);
    access.answers['/cdn-cgi/access/certs'] = () => new Response('down', { status: 503 });
    vi.setSystemTime(Date.now() + 660_000);
    const exp = Math.floor(Date.now() / 1000) + 60;
    expect((await visit(await sign({ exp }, others.privateKey))).status).toBe(200);
    expect(access.paths).toHaveLength(3);
  });

  it('is nothing to a Worker that has no such settings', async () => {
    const { visit, sign } = await behindAccess({ ACCESS_TEAM_DOMAIN: undefined, ACCESS_AUDIENCE: undefined });
    expect((await visit(await sign())).status).toBe(401);
  });

  it('changes nothing for another site, and the log names no e-mail address', async () => {
    const { operator, hash, sign } = await behindAccess();
    const log = vi.spyOn(console, 'log');
    const headers = { ...from(), 'cf-access-jwt-assertion': await sign({ email: 'ada@corp.example' }) };
    const reveal = `/admin/sessions/${hash}/reveal`;
    const cross = { ...headers, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    expect((await operator.send('POST', reveal, { headers: cross })).status).toBe(403);
    expect((await operator.send('POST', reveal, { headers })).status).toBe(403);
    expect((await operator.post(reveal, headers)).status).toBe(200);
    const lines = log.mock.calls.join('\n');
    log.mockRestore();
    expect(lines).toMatch(/"event":"admin_revealed".*"operator":"access:[0-9a-f]{8}"/);
    expect(lines).not.toContain('corp.example');
  });

  it.each([
    ['ACCESS_AUDIENCE', { ACCESS_TEAM_DOMAIN: 'https://team.cloudflareaccess.com' }],
    ['ACCESS_TEAM_DOMAIN', { ACCESS_AUDIENCE: AUDIENCE }],
    ['ACCESS_TEAM_DOMAIN', { ACCESS_TEAM_DOMAIN: 'team', ACCESS_AUDIENCE: AUDIENCE }],
    ['ACCESS_AUDIENCE', { ACCESS_TEAM_DOMAIN: 'https://team.cloudflareaccess.com', ACCESS_AUDIENCE: '' }],
  ])('set up by half or wrongly is a fault of %s', (setting, own) => {
    const env = settings({ GOOGLE_CLIENT_ID: 'a', GOOGLE_CLIENT_SECRET: 'b', ...own });
    let faults: string[] = [];
    try {
      loadSettings(env);
    } catch (error) {
      faults = (error as SettingsError).faults.map((fault) => fault.setting);
    }
    expect(faults).toContain(setting);
  });
});
