import { redirectUriOf } from '../providers/provider.ts';
import type { Env } from '../settings/env.ts';
import { readSettings } from '../settings/settings.ts';
import { checkBindings } from './bindings.ts';
import type { Finding } from './finding.ts';
import { factsOffline, probeProvider } from './probe.ts';
import { checkProvider } from './provider-checks.ts';
import { checkSettings } from './settings.ts';
import { checkUpstreams } from './upstream-checks.ts';

interface DiagnoseOptions {
  /** Where users see the Worker; `PUBLIC_ORIGIN` goes before it. */
  readonly origin: string;
  /** False: nothing is asked over the network. */
  readonly online: boolean;
  /** True: the secrets are not the true ones, so that nothing is tried with them. */
  readonly standIns?: boolean;
}

/**
 * Checks the settings, the bindings, and every provider and upstream whose settings are complete enough to ask.
 * `checkStorage` checks the storage, only inside the Worker. Never throws for an invalid setting.
 */
export async function diagnose(
  env: Env,
  { origin, online, standIns = false }: DiagnoseOptions,
): Promise<Finding[]> {
  const { providers, defaultProvider, basePath, settings } = readSettings(env);
  const users = originOf(env.PUBLIC_ORIGIN) ?? origin;
  const perProvider = [...providers.values()].map(async (provider) => {
    const redirectUri = redirectUriOf(provider, {
      origin: users,
      basePath,
      defaultProviderId: defaultProvider?.id,
    });
    return checkProvider(
      online ? await probeProvider(provider, redirectUri, { standIns }) : factsOffline(provider, redirectUri),
    );
  });
  const upstreams = settings ? await checkUpstreams(settings, { online }) : [];
  return [
    ...checkSettings(env, users),
    ...checkBindings(env),
    ...(await Promise.all(perProvider)).flat(),
    ...upstreams,
  ];
}

function originOf(value: unknown): string | undefined {
  return typeof value === 'string' ? URL.parse(value.trim())?.origin : undefined;
}
