import { type Identity, trustedEmail, valuesOf } from '../providers/allow.ts';
import type { Provider } from '../providers/provider.ts';
import type { Upstream } from '../settings/upstream.ts';

/** What printable ASCII does not hold, and a space at either end, which `Headers` would take away. */
const UNSAFE = /[^ -~]|^ | $/gu;

/**
 * Adds the configured headers, with the claims of who asks in them. A header that names a claim which is not there is
 * not sent at all. `provider` is the identity's own.
 */
export function addIdentityHeaders(
  headers: Headers,
  { headers: templates }: Upstream,
  identity: Identity | undefined,
  provider: Provider | undefined,
): void {
  for (const { name, template } of templates) {
    const value = filled(template, identity, provider);
    if (value !== undefined) headers.set(name, value.replace(UNSAFE, percentEncoded));
  }
}

function filled(
  template: string,
  identity: Identity | undefined,
  provider: Provider | undefined,
): string | undefined {
  let isWhole = true;
  const text = template.replace(/\{([^{}]+)\}/g, (_, claim: string) => {
    const value = identity && claimText(claim, identity, provider);
    if (value === undefined) isWhole = false;
    return value ?? '';
  });
  return isWhole ? text : undefined;
}

/** A claim as text: of a list its members, joined by commas, those within them escaped. */
function claimText(claim: string, identity: Identity, provider: Provider | undefined): string | undefined {
  if (claim === 'email') return trustedEmail(identity, provider);
  const values = valuesOf(identity, claim);
  if (values.length === 0) return undefined;
  const isList = Array.isArray(identity.claims[claim]);
  return isList ? values.map((value) => value.replaceAll(',', '%2C')).join(',') : values[0];
}

function percentEncoded(character: string): string {
  return [...new TextEncoder().encode(character.toWellFormed())]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
}
