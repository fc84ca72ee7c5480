import { errors, jwtVerify } from 'jose';
import { withIssuerKey } from '../../oauth/issuer-keys.ts';
import type { CloudflareAccess } from '../../settings/settings.ts';

/** The header with the assertion of Access. Clients can't forge it: Access overwrites what they send. */
export const ASSERTION_HEADER = 'cf-access-jwt-assertion';

/** How far the clocks of Access and this Worker may differ: less than with others, since both are Cloudflare's. */
const CLOCK_TOLERANCE_SECONDS = 10;

/** Who came through Access, or why the assertion was rejected. */
type Verdict = { readonly operator: string } | { readonly fault: string };

/**
 * Checks the assertion that Cloudflare Access adds to what it lets through: RS256 by a key of the team, issued by the
 * team for this application, not expired. The keys are cached per isolate. Anyone could send a header of this name
 * to a Worker that can also be reached without Access, so nothing in it is trusted unchecked.
 */
export async function verifyAssertion(access: CloudflareAccess, assertion: string): Promise<Verdict> {
  const options = {
    algorithms: ['RS256'],
    issuer: access.issuer,
    audience: access.audience,
    requiredClaims: ['exp', 'iat'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
  };
  try {
    const verify = (key: CryptoKey) => jwtVerify(assertion, key, options);
    const { payload } = await withIssuerKey(access, assertion, verify);
    // Names nobody, unlike `email`; a service token has a name instead of a subject.
    return { operator: `access:${(payload.sub || 'service').slice(0, 8)}` };
  } catch (error) {
    return { fault: error instanceof errors.JOSEError ? error.code : 'the keys of Access can’t be read' };
  }
}
