import type { Grant } from './grant.ts';

/** The objects that know which connections use an account. */
export interface AccountNamespace {
  getByName(name: string): {
    /** True if any connection uses the account. */
    isUsed(): Promise<boolean>;
  };
}

/**
 * The name of the object that knows which connections use the account that a grant is of: some providers end all of
 * them with the revocation of one token. Undefined where the provider does not say whose account it is.
 */
export function accountName({ provider, issuer, sub }: Grant): string | undefined {
  return sub === undefined ? undefined : `account:${JSON.stringify([provider, issuer ?? '', sub])}`;
}
