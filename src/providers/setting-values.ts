import * as v from 'valibot';
import { isAllowedUrl } from './allowed-url.ts';

export const text = v.pipe(v.string(), v.trim(), v.nonEmpty('is empty'));
export const url = v.pipe(
  text,
  v.check(isAllowedUrl, 'is not an https URL (plain http is allowed for loopback hosts only)'),
);
/** An issuer. The address of its metadata, which is easier to find, names it too (OpenID Connect Discovery §4, RFC 8414 §3). */
export const issuer = v.pipe(
  url,
  v.transform((value) => value.replace(METADATA_PLACE, '')),
);
const METADATA_PLACE = /\/\.well-known\/(?:openid-configuration|oauth-authorization-server)(?=\/|$)/;
export const parameterTable = v.record(
  v.string(),
  v.pipe(
    v.union([v.string(), v.number(), v.boolean()]),
    v.transform((value) => String(value)),
  ),
);
export const fieldTable = v.record(v.string(), text);
export const headerTable = v.pipe(
  fieldTable,
  v.transform((table) =>
    Object.fromEntries(Object.entries(table).map(([name, value]) => [name.toLowerCase(), value])),
  ),
);
