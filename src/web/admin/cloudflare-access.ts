import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { CloudflareAccess } from '../../settings/settings.ts';

/** The header with the assertion of Access. Clients can't forge it: Access overwrites what they send. */
export const ASSERTION_HEADER = 'cf-access-jwt-assertion';

/** How far the clocks of Access and this Worker may differ. */
const CLOCK_TOLERANCE_SECONDS = 10;

/** Who came through Access, or why the assertion was rejected. */
type Verdict = { readonly operator: string } | { readonly fault: string };

const keySets = new WeakMap<CloudflareAccess, JWTVerifyGetKey>();

/**
 * Checks the assertion that Cloudflare Access adds to what it lets through: RS256 by a key of the team, issued by the
 * team for this application, not expired. The keys are cached per isolate. Anyone could send a header of this name
 * to a Worker that can also be reached without Access, so nothing in it is trusted unchecked.
 */
export async function verifyAssertion(access: CloudflareAccess, assertion: string): Promise<Verdict> {
  try {
    const { payload } = await jwtVerify(assertion, keySet(access), {
      algorithms: ['RS256'],
      issuer: access.teamDomain,
      audience: access.audience,
      requiredClaims: ['exp', 'iat'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    });
    // Names nobody, unlike `email`; a service token has a name instead of a subject.
    return { operator: `access:${(payload.sub || 'service').slice(0, 8)}` };
  } catch (error) {
    return { fault: error instanceof errors.JOSEError ? error.code : 'the keys of Access can’t be read' };
  }
}

function keySet(access: CloudflareAccess): JWTVerifyGetKey {
  let keys = keySets.get(access);
  if (!keys) {
    keys = createRemoteJWKSet(new URL('/cdn-cgi/access/certs', access.teamDomain));
    keySets.set(access, keys);
  }
  return keys;
}
