import type { Context } from 'hono';
import { callbackPath, type Provider, redirectUriOf } from '../providers/provider.ts';
import type { AppEnv } from './app-env.ts';

/** The redirect URI of a provider, as it must be registered there. */
export function redirectUri(c: Context<AppEnv>, provider: Provider): string {
  return redirectUriOf(provider, c.get('origin'), c.get('settings').defaultProvider.id);
}

/** The provider whose redirect URI has this path; undefined if it is nobody's. */
export function callbackOwner(c: Context<AppEnv>, path: string): Provider | undefined {
  const { providers, defaultProvider } = c.get('settings');
  for (const { id, redirect_uri } of providers.values()) {
    const own = redirect_uri ? new URL(redirect_uri).pathname : callbackPath(id, defaultProvider.id);
    if (own === path) return providers.get(id);
  }
  return undefined;
}
