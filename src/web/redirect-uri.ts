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
  return ownersOf(c.get('settings')).get(c.req.path);
}

/** True if a provider's redirect URI is not below `/callback`, where the route for it is. */
export function hasOtherRedirectUris(settings: Settings): boolean {
  return [...ownersOf(settings).keys()].some((path) => !/^\/callback(?:\/[^/]+)?$/.test(path));
}

function ownersOf(settings: Settings): ReadonlyMap<string, Provider> {
  const known = owners.get(settings);
  if (known) return known;
  const place = placeOf(settings);
  const byPath = new Map(
    [...settings.providers.values()].map(
      (provider) => [pathBelow(settings.basePath, redirectPath(provider, place)), provider] as const,
    ),
  );
  owners.set(settings, byPath);
  return byPath;
}

function placeOf({ basePath, defaultProvider }: Settings) {
  return { basePath, defaultProviderId: defaultProvider.id };
}
