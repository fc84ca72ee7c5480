import * as v from 'valibot';
import { isAllowedUrl } from './allowed-url.ts';

export const text = v.pipe(v.string(), v.trim(), v.nonEmpty('is empty'));
export const url = v.pipe(
  text,
  v.check(isAllowedUrl, 'is not an https URL (plain http is allowed for loopback hosts only)'),
);
/** A resource (RFC 8707 §2), which is only a name: `urn:…` and `api://…` are as good as https. */
export const resource = v.pipe(
  text,
  v.check((value) => /^[a-z][a-z\d+.-]*:[!-~]+$/i.test(value), 'is not an absolute URI'),
  v.check((value) => !value.includes('#'), 'has a fragment, which a resource can’t have (RFC 8707 §2)'),
);
const PLACEHOLDER = /[{}]|%7[BD]/i;
/**
 * A scope (RFC 6749 §3.3): values separated by single spaces. `openid` joined to another one, or in another case, would
 * silently turn OpenID Connect off.
 */
export const scope = v.pipe(
  v.string('is not one text with spaces between the scopes'),
  v.transform((value) => value.trim().replace(/\s+/g, ' ')),
  v.check(
    (value) => /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(value),
    'has a character that no scope can have: quotes, backslashes and anything outside ASCII',
  ),
  v.check((value) => {
    const isMeant = /(?:^|[\s,+;]|%20)openid(?:[\s,+;]|%20|$)/i.test(value);
    return !isMeant || value.split(' ').includes('openid');
  }, 'has `openid` joined to another scope or in capitals: separate scopes by spaces'),
);
export const redirectUri = v.pipe(
  text,
  v.check((value) => !value.startsWith('/'), 'is a path: write the whole URL, with `https://` and the host'),
  url,
  v.check(
    (value) => !value.includes('#'),
    'has a fragment, which a redirect URI can’t have (RFC 6749 §3.1.2)',
  ),
);
/** An issuer. The address of its metadata, which is easier to find, names it too (OpenID Connect Discovery §4, RFC 8414 §3). */
export const issuer = v.pipe(
  url,
  v.check((value) => !/[?#]/.test(value), 'has a query or a fragment, which an issuer can’t have'),
  v.check((value) => !PLACEHOLDER.test(value), 'has a placeholder in braces: replace it by its value'),
  v.transform(issuerIn),
);

/** The issuer in the address of its metadata. An issuer is returned as it is. */
export function issuerIn(address: string): string {
  return address.replace(/\/\.well-known\/(?:openid-configuration|oauth-authorization-server)(?=\/|$)/, '');
}

/** A list is an object too, so `record` alone would take one. */
export const table = (fault: string) =>
  v.custom<Record<string, unknown>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    fault,
  );
const nameTable = table('is not a table such as `{ name = "value" }`');
export const parameterTable = v.pipe(
  nameTable,
  v.record(
    v.string(),
    v.pipe(
      v.union([v.string(), v.number(), v.boolean()]),
      v.transform((value) => String(value)),
    ),
  ),
);
export const fieldTable = v.pipe(nameTable, v.record(v.string(), text));
export const headerTable = v.pipe(
  fieldTable,
  v.transform((table) =>
    Object.fromEntries(Object.entries(table).map(([name, value]) => [name.toLowerCase(), value])),
  ),
);
