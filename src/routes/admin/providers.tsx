import type { Context } from 'hono';
import type { AppEnv } from '../../app-env.ts';
import type { ServerBindings } from '../../config.ts';
import { DrawbridgeError } from '../../errors.ts';
import { translate } from '../../oauth/failure.ts';
import { ProviderRequests } from '../../oauth/provider-requests.ts';
import { knownKeys } from '../../providers/keys.ts';
import { authorizationServer, knownServer } from '../../providers/metadata.ts';
import type { Provider } from '../../providers/provider.ts';
import { recentLogins } from '../../session/logins.ts';
import { AdminProviderPage } from '../../views/admin-provider-page.tsx';
import { AdminProvidersPage } from '../../views/admin-providers-page.tsx';
import { redirectUri } from '../redirect-uri.ts';
import { wantsJson } from '../respond.tsx';

/** `GET /admin/providers`: the providers as resolved, and how the last logins went. No secret; asks no provider. */
export async function adminProviders(c: Context<AppEnv>): Promise<Response> {
  const { providers, server } = c.get('config');
  const last = server ? await lastLogins(server) : new Map<string, LastLogins>();
  const shown = [...providers.values()].map((provider) => ({
    ...resolved(c, provider),
    ...(last.get(provider.id) ?? NONE),
  }));
  return wantsJson(c) ? c.json({ providers: shown }) : c.html(<AdminProvidersPage providers={shown} />);
}

/** `GET /admin/providers/:id`: the same for one, with its metadata and keys, which it is asked for if need be. */
export async function adminProvider(c: Context<AppEnv>): Promise<Response> {
  const { providers, server } = c.get('config');
  const provider = providers.get(c.req.param('id') ?? '');
  if (!provider) throw new DrawbridgeError('unknown_provider');
  const fault = await readAll(provider);
  const last = server ? (await lastLogins(server)).get(provider.id) : undefined;
  const shown = {
    ...resolved(c, provider),
    ...(last ?? NONE),
    metadata: { ...knownServer(provider) } as Readonly<Record<string, unknown>>,
    keys: knownKeys(provider),
    unreadable: fault ?? null,
  };
  return wantsJson(c) ? c.json(shown) : c.html(<AdminProviderPage {...shown} />);
}

/** Reads metadata and keys where they are not known; returns what stands in the way. */
async function readAll(provider: Provider): Promise<string | undefined> {
  const requests = new ProviderRequests(provider, { record: false });
  try {
    const server = await authorizationServer(requests);
    if (server.jwks_uri !== undefined) await requests.keys(server);
    return undefined;
  } catch (error) {
    const { code, detail } = translate(error, 'discovery');
    return detail === undefined ? code : `${code}: ${detail}`;
  }
}

function resolved(c: Context<AppEnv>, provider: Provider) {
  const server = knownServer(provider);
  return {
    id: provider.id,
    display_name: provider.display_name,
    preset: provider.preset ?? null,
    issuer: provider.issuer ?? null,
    client_id: provider.client.client_id,
    token_endpoint_auth_method: provider.token_endpoint_auth_method,
    scope: provider.scope,
    redirect_uri: redirectUri(c, provider),
    response_mode: provider.response_mode ?? null,
    authorization_endpoint: server.authorization_endpoint ?? null,
    token_endpoint: server.token_endpoint ?? null,
    userinfo_endpoint: server.userinfo_endpoint ?? null,
    revocation_endpoint: server.revocation_endpoint ?? null,
    end_session_endpoint: server.end_session_endpoint ?? null,
    registration: provider.registration ?? null,
    console_url: provider.console_url ?? null,
  };
}

interface LastLogins {
  readonly last_success: { readonly at: number; readonly flow: string } | null;
  readonly last_fault: { readonly at: number; readonly flow: string; readonly error: string } | null;
}

const NONE: LastLogins = { last_success: null, last_fault: null };

/** The last login that finished and the last that failed, of each provider that has any. */
async function lastLogins(server: ServerBindings): Promise<Map<string, LastLogins>> {
  const last = new Map<string, LastLogins>();
  for (const login of await recentLogins(server)) {
    const { provider, at, flow } = login;
    const known = last.get(provider) ?? NONE;
    if (login.outcome === 'finished' && known.last_success === null) {
      last.set(provider, { ...known, last_success: { at, flow } });
    }
    if (login.outcome === 'failed' && known.last_fault === null) {
      last.set(provider, { ...known, last_fault: { at, flow, error: login.error } });
    }
  }
  return last;
}

export type ShownProvider = ReturnType<typeof resolved> & LastLogins;
