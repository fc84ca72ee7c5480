import type { JWK } from 'jose';

/** What an authorization request asked for. The response and the tokens are checked against it. */
export interface ExpectedAnswer {
  readonly state: string;
  readonly nonce: string | undefined;
  readonly code_verifier: string | undefined;
  readonly issuer: string;
  readonly redirect_uri: string;
  readonly scope: string;
  readonly max_age: number | undefined;
  /** The ID token's `acr` must be one of these. */
  readonly acr_values: string | undefined;
  /** The private key that the tokens will be bound to (RFC 9449). */
  readonly dpop_key: JWK | undefined;
}
