/** What a resource server says of a token that it does not take (RFC 6750 §3, RFC 9449 §7.1, RFC 9470 §3). */
export interface Challenge {
  readonly error: string | undefined;
  readonly scope: readonly string[];
  readonly acr_values: string | undefined;
  /** In seconds. */
  readonly max_age: string | undefined;
}

const MAX_LENGTH = 4096;
const PARAMETER = /(?<![a-z_])([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi;
/** RFC 6749 §3.3 */
const SCOPE = /^[!#-[\]-~]+$/;

/** The parameters of a `WWW-Authenticate` header; of several challenges the first that names each. */
export function readChallenge(response: Response): Challenge {
  const header = response.headers.get('www-authenticate')?.slice(0, MAX_LENGTH) ?? '';
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, token = ''] of header.matchAll(PARAMETER)) {
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, quoted?.replace(/\\(.)/g, '$1') ?? token);
  }
  const acr = parameters.get('acr_values');
  const age = parameters.get('max_age');
  return {
    error: parameters.get('error'),
    scope: (parameters.get('scope') ?? '').split(' ').filter((scope) => SCOPE.test(scope)),
    acr_values: acr !== undefined && /^[!-~ ]{1,500}$/.test(acr) ? acr : undefined,
    max_age: age !== undefined && /^\d{1,9}$/.test(age) ? age : undefined,
  };
}
