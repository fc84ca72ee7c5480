import type { Context } from 'hono';
import type { AppEnv } from '../../app-env.ts';
import { knownServer } from '../../providers/metadata.ts';
import type { Provider } from '../../providers/provider.ts';
import { AdminProvidersPage } from '../../views/admin-providers-page.tsx';
import { redirectUri } from '../redirect-uri.ts';
import { wantsJson } from '../respond.tsx';

/** `GET /admin/providers`: the providers as resolved, and what to register at each. No secret. */
export function adminProviders(c: Context<AppEnv>): Response | Promise<Response> {
  const providers = [...c.get('config').providers.values()].map((provider) => resolved(c, provider));
  if (wantsJson(c)) return c.json({ providers });
  return c.html(<AdminProvidersPage providers={providers} />);
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
    registration: provider.registration ?? null,
    console_url: provider.console_url ?? null,
    authorization_endpoint: server.authorization_endpoint ?? null,
    token_endpoint: server.token_endpoint ?? null,
    revocation_endpoint: server.revocation_endpoint ?? null,
  };
}

export type ResolvedProvider = ReturnType<typeof resolved>;
