import type { Grant } from './grant.ts';

/** The Durable Objects that know which connections use an account. */
export interface AccountNamespace {
  getByName(name: string): {
    /** True if any connection uses the account. */
    isUsed(): Promise<boolean>;
  };
}

/**
 * The name of the object that knows which connections use the account of a grant: at some providers, revoking one token
 * ends all of them. Undefined if the provider does not identify the account.
 */
export function accountName({ provider, issuer, sub }: Grant): string | undefined {
  return sub === undefined ? undefined : `account:${JSON.stringify([provider, issuer ?? '', sub])}`;
}
