import type { Facts, Preset, SettledFacts } from '../providers/preset.ts';
import { PRESETS } from '../providers/presets.ts';
import type { ProviderSettings } from '../providers/provider-settings.ts';

/**
 * What is known of a provider: its settings, over its preset, over what holds for its issuer wherever it is set up. An
 * entry of your own with Google's issuer is Google all the same: what makes an e-mail address trustworthy, and what a
 * revocation ends, does not hang on the name of the preset. `report` is called where a setting contradicts a fact.
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
      'is true, but anybody can give themselves any address at this provider',
      'Leave it out, and let people in by `sub`, `oid`, `tid` or groups.',
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

/** The preset whose issuer is on the same host, for an entry that names an issuer rather than a preset. */
function presetAt(issuer: string | undefined): Preset | undefined {
  const host = issuer === undefined ? undefined : URL.parse(issuer)?.host;
  if (host === undefined) return undefined;
  return Object.values(PRESETS).find((preset) => hostsOf(preset).includes(host));
}

function hostsOf({ issuer = '', other_issuer_hosts = [] }: Preset): string[] {
  const host = /^https:\/\/([^/{}]+)(?:\/|$)/.exec(issuer)?.[1];
  return host === undefined ? [...other_issuer_hosts] : [host, ...other_issuer_hosts];
}
