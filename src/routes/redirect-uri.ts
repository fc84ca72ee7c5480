import type { Context } from 'hono';
import type { AppEnv } from '../app-env.ts';
import { type Provider, redirectUriOf } from '../providers/provider.ts';

/** The redirect URI of a provider, as it must be registered there. */
export function redirectUri(c: Context<AppEnv>, provider: Provider): string {
  return redirectUriOf(provider, c.get('origin'), c.get('config').defaultProvider.id);
}

/** The provider whose redirect URI has this path; undefined if it is nobody's. */
export function callbackOwner(c: Context<AppEnv>, path: string): Provider | undefined {
  for (const provider of c.get('config').providers.values()) {
    if (new URL(redirectUri(c, provider)).pathname === path) return provider;
  }
  return undefined;
}
