import type { SettledFacts } from './facts.ts';

/** Facts about the provider that an identity comes from. */
type EmailFacts = Pick<SettledFacts, 'trust_email'>;

/**
 * Who has access: claims and the accepted values for each. Every claim must have one of its values. A value of `email`
 * may be `*@domain`.
 */
export type Allow = readonly (readonly [claim: string, values: readonly string[]])[];

/** A signed-in user, with what `allow`, `headers` and assertions need. */
export interface Identity {
  /** The issuer as spelled in the metadata, or `provider:<id>` if there is none. */
  readonly iss: string;
  readonly sub: string | undefined;
  /** The id of the provider that the identity comes from. */
  readonly provider: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** True if the identity has one of the values for every claim in `allow`. `provider` is the identity's provider. */
export function isAllowed(allow: Allow, user: Identity, provider: EmailFacts | undefined): boolean {
  return allow.every(([claim, values]) =>
    claim === 'email'
      ? values.some((value) => emailMatches(value, user, provider))
      : valuesOf(user, claim).some((has) => values.includes(has)),
  );
}

/** The values of a claim as texts: a single value, or each member of a list. Anything else is ignored. */
export function valuesOf(user: Identity, claim: string): readonly string[] {
  if (claim === 'sub') return user.sub === undefined ? [] : [user.sub];
  if (claim === 'iss') return [user.iss];
  const value = Object.hasOwn(user.claims, claim) ? user.claims[claim] : undefined;
  return (Array.isArray(value) ? value : [value]).flatMap((member: unknown) => {
    if (typeof member === 'string') return [member];
    return typeof member === 'number' || typeof member === 'boolean' ? [String(member)] : [];
  });
}

/** The user's e-mail if it is verified and the provider is trusted for that. Otherwise undefined. */
export function trustedEmail({ claims }: Identity, provider: EmailFacts | undefined): string | undefined {
  const { email, email_verified } = claims;
  if (!provider?.trust_email) return undefined;
  // protects: verified e-mail
  if (email_verified !== true && email_verified !== 'true') return undefined;
  // An address with more than one `@` is ambiguous.
  return typeof email === 'string' && /^[^@]+@[^@]+$/.test(email) ? email : undefined;
}

function emailMatches(value: string, user: Identity, provider: EmailFacts | undefined): boolean {
  const email = trustedEmail(user, provider);
  if (email === undefined) return false;
  if (!value.startsWith('*@')) return withLowerDomain(email) === withLowerDomain(value);
  const domain = lowerAscii(value.slice(2));
  const own = lowerAscii(email.slice(email.indexOf('@') + 1));
  // Google verifies any address for a consumer account. Only `hd` says who belongs to an organization.
  // protects: Google's hd
  if (provider?.trust_email === 'hd' && domain !== 'gmail.com') {
    const { hd } = user.claims;
    return typeof hd === 'string' && lowerAscii(hd) === domain;
  }
  return own === domain;
}

function withLowerDomain(email: string): string {
  const at = email.lastIndexOf('@');
  return email.slice(0, at) + lowerAscii(email.slice(at));
}

/** Lower-cases ASCII only: `toLowerCase` turns some look-alike characters into ASCII letters. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
