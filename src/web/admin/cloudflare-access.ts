import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { CloudflareAccess } from '../../settings/settings.ts';

/** Where Access puts its assertion; a client can't, since Access replaces what comes under this name. */
export const ASSERTION_HEADER = 'cf-access-jwt-assertion';

/** The clocks of Access and of this Worker may differ by so much. */
const CLOCK_TOLERANCE_SECONDS = 10;

/** Who came through Access, or why an assertion does not count. */
type Verdict = { readonly operator: string } | { readonly fault: string };

const keySets = new WeakMap<CloudflareAccess, JWTVerifyGetKey>();

/**
 * Checks the assertion that Cloudflare Access adds to what it lets through: RS256 by a key of the team, issued by the
 * team for this application, not expired. The keys are cached per isolate. Anyone could send a header of this name
 * to a Worker that can also be reached around Access, so nothing in it is believed unchecked.
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
