import { describe, expect, it, vi } from 'vitest';
import { settingPrefix } from '../../src/settings/setting-names.ts';
import { settings } from '../support/settings.ts';
import { locationOf, Visitor } from '../support/visitor.ts';
import type { Behaviour } from './behaviour.ts';
import { ROWS } from './rows.ts';
import { CLIENT, clientKey, SimulatedProvider } from './simulated-provider.ts';

interface Shown {
  readonly error?: string;
  readonly error_description?: string;
  readonly sub?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly grants?: readonly { scope: string; refreshable: boolean; expires_at: number | null }[];
}

const KEY = await clientKey();
const FROM_THE_PROVIDER = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

/** The provider, and a browser in front of a Worker that has nothing but the settings which the preset asks for. */
function stage(id: string, is: Behaviour) {
  const prefix = settingPrefix(id);
  const own: Record<string, string> = { [`${prefix}_CLIENT_ID`]: CLIENT.id };
  if (is.client.includes('signed')) own[`${prefix}_PRIVATE_KEY`] = JSON.stringify(KEY.private);
  else if (!is.client.includes('none')) own[`${prefix}_CLIENT_SECRET`] = CLIENT.secret;
  for (const [name, value] of Object.entries(is.settings ?? {}))
    own[`${prefix}_${settingPrefix(name)}`] = value;
  // Other scopes than the preset's own are asked for by a link, which the settings must allow.
  const entry = is.scopes && { PROVIDERS: { [id]: { optional_scope: is.scopes.join(' ') } } };
  const provider = new SimulatedProvider(is, is.client.includes('signed') ? KEY.public : undefined);
  return { provider, visitor: new Visitor(settings({ ...own, ...entry })) };
}

async function start(is: Behaviour, visitor: Visitor): Promise<URL> {
  const scope = is.scopes ? `?${new URLSearchParams({ scope: is.scopes.join(' ') })}` : '';
  const started = await visitor.get(`/login${scope}`);
  expect(started.status).toBe(302);
  return locationOf(started);
}

function comeBack(is: Behaviour, visitor: Visitor, params: URLSearchParams): Promise<Response> {
  const headers = { ...FROM_THE_PROVIDER, accept: 'application/json' };
  if (is.callback?.by !== 'POST') return visitor.send('GET', `/callback?${params}`, { headers });
  return visitor.send('POST', '/callback', { headers, body: params });
}

async function signIn(id: string, is: Behaviour) {
  const { provider, visitor } = stage(id, is);
  const response = await comeBack(is, visitor, provider.authorize(await start(is, visitor)));
  return { provider, visitor, response };
}

async function shown(response: Response): Promise<Shown> {
  return (await response.json()) as Shown;
}

describe('a provider that behaves as its documents say', () => {
  it.each(ROWS)('%s: login', async (id, is) => {
    const { provider, visitor, response } = await signIn(id, is);
    expect(provider.faults).toEqual([]);
    expect(response.status).toBe(303);
    const session = await shown(await visitor.getJson('/session'));
    const [grant] = session.grants ?? [];
    // An empty fragment of one's own takes the place of the provider's.
    if (is.callback?.fragment) expect(response.headers.get('location')).toMatch(/#$/);
    expect(session.claims).toMatchObject(is.shows ?? {});
    expect(session.sub).toBe(is.openid ? 'user-1' : (is.user?.sub ?? null));
    expect(grant?.scope).not.toMatch(/,/);
    if (is.granted !== undefined) expect(grant?.scope).toBe(is.granted);
    expect(grant?.refreshable).toBe(is.refreshTokens !== 'none');
  });

  it.each(ROWS)('%s: refresh', async (id, is) => {
    const { provider, visitor } = await signIn(id, is);
    const first = await visitor.post('/session/refresh', { accept: 'application/json' });
    if (is.refreshTokens === 'none') {
      expect(await shown(first)).toMatchObject({ error: 'login_required' });
      return expect(provider.refreshed).toEqual([]);
    }
    const second = await visitor.post('/session/refresh', { accept: 'application/json' });
    expect(provider.faults).toEqual([]);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(new Set(provider.refreshed).size).toBe(is.refreshTokens === 'rotated' ? 2 : 1);
  });

  it.each(ROWS)('%s: error', async (id, is) => {
    const { provider, visitor } = stage(id, is);
    provider.refuses = true;
    const back = provider.authorize(await start(is, visitor));
    const refused = await shown(await comeBack(is, visitor, back));
    expect(refused.error).toBe('token_request_failed');
    if (!is.codeErrorUnnamed) expect(refused.error_description).toMatch(/authorization code/);

    expect(provider.faults).toEqual([]);
    if (is.refreshTokens === 'none') return;

    const later = await signIn(id, is);
    later.provider.refuses = true;
    const ended = await later.visitor.post('/session/refresh', { accept: 'application/json' });
    expect(await shown(ended)).toMatchObject({ error: 'login_required' });
  });

  it.each(ROWS)('%s: revoke', async (id, is) => {
    const { provider, visitor } = await signIn(id, is);
    const logged = vi.spyOn(console, 'log');
    const out = await visitor.post('/logout');
    expect(out.status).toBe(303);
    expect((await visitor.getJson('/session')).status).toBe(401);
    expect(provider.faults).toEqual([]);
    expect(logged.mock.calls.flat().join()).not.toContain('revocation_failed');
    const both = is.refreshTokens === 'none' || is.revokedTwice ? 1 : 2;
    expect(provider.revoked).toHaveLength(is.revoke ? both : 0);
  });
});
