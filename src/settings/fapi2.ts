import type { FilledSettings } from '../providers/preset.ts';

type Report = (key: string, fault: string, hint: string) => void;

/** The algorithms that FAPI 2.0 Security Profile §5.4 allows. */
export const FAPI2_ALGORITHMS: readonly string[] = ['PS256', 'ES256', 'EdDSA', 'Ed25519'];

/** The settings that the profile requires (FAPI 2.0 Security Profile §5.3.3). */
const SETS = {
  token_endpoint_auth_method: 'private_key_jwt',
  require_pushed_authorization_requests: true,
  dpop_bound_access_tokens: true,
  pkce: true,
  client_assertion_audience: 'issuer',
} as const;

const ALGORITHM_KEYS = [
  'id_token_signed_response_alg',
  'userinfo_signed_response_alg',
  'authorization_signed_response_alg',
  'request_object_signing_alg',
] as const;

/** The settings completed by those of their `profile`. A setting that contradicts the profile is a fault. */
export function applyProfile(settings: FilledSettings, report: Report): FilledSettings {
  if (settings.profile !== 'fapi2') return settings;
  for (const [key, value] of Object.entries(SETS)) {
    const own = settings[key as keyof typeof SETS];
    if (own !== undefined && own !== value) {
      report(key, `is not ${value}, as the profile fapi2 requires`, 'Remove it, or remove the profile.');
    }
  }
  for (const key of ALGORITHM_KEYS) {
    const alg = settings[key];
    if (alg !== undefined && !FAPI2_ALGORITHMS.includes(alg)) {
      report(
        key,
        'is an algorithm that the profile fapi2 forbids',
        `Use one of ${FAPI2_ALGORITHMS.join(', ')}.`,
      );
    }
  }
  if (!settings.issuer) report('issuer', 'is missing, and the profile fapi2 needs it', 'Set the issuer.');
  // Whatever a preset allows, the profile only trusts audiences that are listed.
  const trusted_audiences = settings.trusted_audiences?.filter((audience) => audience !== '*');
  return { ...settings, trusted_audiences, ...SETS };
}
