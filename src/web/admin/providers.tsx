import type { Context } from 'hono';
import { DrawbridgeError } from '../../errors.ts';
import { translate } from '../../oauth/failure.ts';
import { authorizationServer, knownServer } from '../../oauth/metadata.ts';
import { knownProviderKeys } from '../../oauth/provider-keys.ts';
import { ProviderRequests } from '../../oauth/provider-requests.ts';
import type { Provider } from '../../providers/provider.ts';
import type { AppEnv } from '../app-env.ts';
import { wantsJson } from '../errors/respond.tsx';
import { showPage } from '../href.tsx';
import { type ApiPart, inPath, list, object, operation, ref, string, TIME, textOrNull } from './describe.ts';
import { AdminProviderPage } from './provider-page.tsx';
import { AdminProvidersPage } from './providers-page.tsx';
import { lastLogins, shownProvider } from './shown-provider.ts';

/** `GET /admin/providers`: the providers as resolved, and how the last logins went. No secret; asks no provider. */
export async function adminProviders(c: Context<AppEnv>): Promise<Response> {
  const { providers } = c.get('settings');
  const last = await lastLogins(c.get('sessions').reach);
  const shown = [...providers.values()].map((provider) => shownProvider(c, provider, last));
  return wantsJson(c) ? c.json({ providers: shown }) : showPage(c, <AdminProvidersPage providers={shown} />);
}

/** `GET /admin/providers/:id`: the same for one, with its metadata and keys, which it is asked for if need be. */
export async function adminProvider(c: Context<AppEnv>): Promise<Response> {
  const { providers } = c.get('settings');
  const provider = providers.get(c.req.param('id') ?? '');
  if (!provider)
    throw new DrawbridgeError('unknown_provider', { hint: 'Choose one from the list of providers.' });
  const fault = await readAll(provider);
  const shown = {
    ...shownProvider(c, provider, await lastLogins(c.get('sessions').reach)),
    metadata: { ...knownServer(provider) } as Readonly<Record<string, unknown>>,
    keys: knownProviderKeys(provider),
    unreadable: fault ?? null,
  };
  return wantsJson(c) ? c.json(shown) : showPage(c, <AdminProviderPage {...shown} />);
}

/** Reads metadata and keys unless they are cached; returns why they can’t be read. */
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

const provider = {
  id: string,
  display_name: string,
  preset: textOrNull,
  issuer: textOrNull,
  client_id: string,
  token_endpoint_auth_method: string,
  scope: string,
  redirect_uri: string,
  response_mode: textOrNull,
  authorization_endpoint: textOrNull,
  token_endpoint: textOrNull,
  userinfo_endpoint: textOrNull,
  revocation_endpoint: textOrNull,
  end_session_endpoint: textOrNull,
  registration: textOrNull,
  console_url: textOrNull,
  last_success: { anyOf: [object({ at: TIME, flow: string }), { type: 'null' }] },
  last_fault: { anyOf: [object({ at: TIME, flow: string, error: string }), { type: 'null' }] },
};

/** How it is described to programs. */
export const PROVIDERS_API: ApiPart = {
  paths: {
    '/providers': { get: operation('The providers as resolved, without a secret', 'Providers') },
    '/providers/{id}': {
      get: operation('One provider, with its metadata and keys', 'ProviderDetails', [
        inPath('id', 'The id of the provider in the settings'),
      ]),
    },
  },
  schemas: {
    Provider: object(provider),
    Providers: object({ providers: list(ref('Provider')) }),
    ProviderDetails: object({
      ...provider,
      metadata: { type: 'object' },
      keys: list(object({ kid: textOrNull, alg: textOrNull, kty: textOrNull, use: textOrNull })),
      unreadable: { ...textOrNull, description: 'Why its metadata or keys can’t be read' },
    }),
  },
};
