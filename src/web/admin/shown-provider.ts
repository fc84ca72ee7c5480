import type { Context } from 'hono';
import { authenticationMethod } from '../../oauth/client-authentication.ts';
import { knownServer } from '../../oauth/metadata.ts';
import type { Provider } from '../../providers/provider.ts';
import type { SessionDirectory } from '../../sessions/directory.ts';
import type { AppEnv } from '../app-env.ts';
import { redirectUri } from '../redirect-uri.ts';

/** A provider's settings as resolved, and how its last logins went. No secret; asks no provider. */
export function shownProvider(c: Context<AppEnv>, provider: Provider, last: Map<string, LastLogins>) {
  const server = knownServer(provider);
  return {
    id: provider.id,
    display_name: provider.display_name,
    preset: provider.preset ?? null,
    issuer: provider.issuer ?? null,
    client_id: provider.client.client_id,
    token_endpoint_auth_method: authenticationMethod(provider, server),
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
    ...(last.get(provider.id) ?? NONE),
  };
}

interface LastLogins {
  readonly last_success: { readonly at: number; readonly flow: string } | null;
  readonly last_fault: { readonly at: number; readonly flow: string; readonly error: string } | null;
}

const NONE: LastLogins = { last_success: null, last_fault: null };

/** The last login that finished and the last that failed, of each provider that has any; none if sessions are stored in cookies. */
export async function lastLogins(reach: SessionDirectory | undefined): Promise<Map<string, LastLogins>> {
  const last = new Map<string, LastLogins>();
  for (const login of (await reach?.logins.recent()) ?? []) {
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

export type ShownProvider = ReturnType<typeof shownProvider>;
