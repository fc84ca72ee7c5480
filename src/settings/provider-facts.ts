import type { Facts, SettledFacts } from '../providers/facts.ts';
import type { Preset } from '../providers/preset.ts';
import { PRESETS } from '../providers/presets.ts';
import type { ProviderSettings } from '../providers/provider-settings.ts';

/**
 * The facts about a provider, from its settings, then its preset, then the preset with the same issuer. An entry of your
 * own with Google's issuer is still Google: whether an e-mail address can be trusted, and what a revocation ends, does
 * not depend on the name of the preset. `report` is called if a setting contradicts a fact.
 */
export function factsOf(
  preset: Partial<Preset> | undefined,
  settings: ProviderSettings,
  report: (key: string, fault: string, hint: string) => void,
): SettledFacts {
  const known: Facts = preset ?? presetAt(settings.issuer) ?? { trust_email: true };
  if (known.trust_email === 'never' && settings.trust_email === true) {
    report(
      'trust_email',
      'is true, but anyone can set any address at this provider',
      'Remove it, and use `sub`, `oid`, `tid` or groups in `allow`.',
    );
  }
  const trusted = known.trust_email === 'never' ? false : (known.trust_email ?? false);
  return {
    trust_email: (settings.trust_email ?? trusted !== false) && (trusted || true),
    revocation: settings.revocation ?? known.revocation ?? 'token',
    narrower_scope: settings.narrower_scope ?? known.narrower_scope ?? false,
    assumed_expires_in: settings.assumed_expires_in ?? known.assumed_expires_in,
  };
}

/** The preset whose issuer is on the same host, for an entry with an issuer but no preset. */
function presetAt(issuer: string | undefined): Preset | undefined {
  const host = issuer === undefined ? undefined : URL.parse(issuer)?.host;
  if (host === undefined) return undefined;
  return Object.values(PRESETS).find((preset) => hostsOf(preset).includes(host));
}

function hostsOf({ issuer = '', other_issuer_hosts = [] }: Preset): string[] {
  const host = /^https:\/\/([^/{}]+)(?:\/|$)/.exec(issuer)?.[1];
  return host === undefined ? [...other_issuer_hosts] : [host, ...other_issuer_hosts];
}
