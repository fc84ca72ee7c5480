/** Facts about a provider that its metadata does not contain. A setting with the same name overrides each. */
export interface Facts {
  /**
   * Whether an e-mail address that the provider calls verified can give access. `true`: yes. `hd`: only in the domain in
   * its `hd` claim (Google). `never`: anyone can set any address there, so no setting overrides this (Microsoft Entra).
   * Not set in a preset: no.
   */
  readonly trust_email?: boolean | 'hd' | 'never' | undefined;
  /** What revoking one token ends: that token's grant, or every grant of that user and client (Google). */
  readonly revocation?: 'token' | 'grant' | undefined;
  /** A refresh may ask for fewer scopes than were granted (RFC 6749 §6). */
  readonly narrower_scope?: boolean | undefined;
  /** The lifetime of an access token if the provider does not say (Salesforce), in seconds. */
  readonly assumed_expires_in?: number | undefined;
}

/** The facts about a configured provider, with all defaults applied. */
export interface SettledFacts {
  /** Whether an address that the provider calls verified can give access. `hd`: only in that claim's domain. */
  readonly trust_email: boolean | 'hd';
  readonly revocation: 'token' | 'grant';
  readonly narrower_scope: boolean;
  readonly assumed_expires_in: number | undefined;
}
