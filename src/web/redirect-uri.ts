import type { Context } from 'hono';
import { type Provider, redirectPath, redirectUriOf } from '../providers/provider.ts';
import { pathBelow } from '../settings/routes.ts';
import type { Settings } from '../settings/settings.ts';
import type { AppEnv } from './app-env.ts';

/** The redirect URI of a provider, as it must be registered there. */
export function redirectUri(c: Context<AppEnv>, provider: Provider): string {
  return redirectUriOf(provider, { ...placeOf(c.get('settings')), origin: c.get('origin') });
}

const owners = new WeakMap<Settings, ReadonlyMap<string, Provider>>();

/** The provider whose redirect URI the request came to: a `redirect_uri` setting may name any path. */
export function callbackOwner(c: Context<AppEnv>): Provider | undefined {
  const settings = c.get('settings');
  let byPath = owners.get(settings);
  if (!byPath) {
    const place = placeOf(settings);
    const pairs = [...settings.providers.values()].map(
      (provider) => [pathBelow(settings.basePath, redirectPath(provider, place)), provider] as const,
    );
    byPath = new Map(pairs);
    owners.set(settings, byPath);
  }
  return byPath.get(c.req.path);
}

function placeOf({ basePath, defaultProvider }: Settings) {
  return { basePath, defaultProviderId: defaultProvider.id };
}
