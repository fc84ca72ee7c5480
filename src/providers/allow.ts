import type { SettledFacts } from './preset.ts';

/** What is known of the provider that an identity comes from. */
type EmailFacts = Pick<SettledFacts, 'trust_email'>;

/**
 * Who may: claims and the values that are accepted for each. Every claim must have one of its values. A value of
 * `email` may be `*@domain`.
 */
export type Allow = readonly (readonly [claim: string, values: readonly string[]])[];

/** A signed-in user, as far as `allow`, `headers` and assertions ask. */
export interface Identity {
  /** The issuer in the metadata's spelling, or `provider:<id>` where there is none. */
  readonly iss: string;
  readonly sub: string | undefined;
  /** The id of the provider that the identity comes from. */
  readonly provider: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** True if the identity has, for every claim of `allow`, one of its values. `provider` is the identity's own. */
export function isAllowed(allow: Allow, user: Identity, provider: EmailFacts | undefined): boolean {
  return allow.every(([claim, values]) =>
    claim === 'email'
      ? values.some((value) => emailMatches(value, user, provider))
      : valuesOf(user, claim).some((has) => values.includes(has)),
  );
}

/** The texts of a claim: a text is one, a list any of its members; nothing else counts. */
export function valuesOf(user: Identity, claim: string): readonly string[] {
  if (claim === 'sub') return user.sub === undefined ? [] : [user.sub];
  if (claim === 'iss') return [user.iss];
  const value = Object.hasOwn(user.claims, claim) ? user.claims[claim] : undefined;
  return (Array.isArray(value) ? value : [value]).flatMap((member: unknown) => {
    if (typeof member === 'string') return [member];
    return typeof member === 'number' || typeof member === 'boolean' ? [String(member)] : [];
  });
}

/** The user's e-mail if it is verified and its provider's word on that is to be trusted; else undefined. */
export function trustedEmail({ claims }: Identity, provider: EmailFacts | undefined): string | undefined {
  const { email, email_verified } = claims;
  if (!provider?.trust_email) return undefined;
  // protects: verified e-mail
  if (email_verified !== true && email_verified !== 'true') return undefined;
  // More than one `@` is read in more than one way.
  return typeof email === 'string' && /^[^@]+@[^@]+$/.test(email) ? email : undefined;
}

function emailMatches(value: string, user: Identity, provider: EmailFacts | undefined): boolean {
  const email = trustedEmail(user, provider);
  if (email === undefined) return false;
  if (!value.startsWith('*@')) return withLowerDomain(email) === withLowerDomain(value);
  const domain = lowerAscii(value.slice(2));
  const own = lowerAscii(email.slice(email.indexOf('@') + 1));
  // Google verifies any address for a consumer account; who belongs to an organization is said by `hd`.
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

/** Lower case for ASCII alone: `toLowerCase` makes an ASCII letter of some that merely look like one. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
