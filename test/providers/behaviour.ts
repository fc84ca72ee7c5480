/** What a token endpoint gives: the parts that a provider puts into an answer of its own form. */
export interface Issued {
  readonly access: string;
  /** Undefined where no refresh token comes. */
  readonly refresh: string | undefined;
  readonly scope: readonly string[];
  readonly id_token: string | undefined;
}

export type Refusal = readonly [status: number, body: unknown];

/**
 * How a provider really behaves, written down from its documents and not from the preset: what it demands of a
 * request, and in which form it answers. What is left out is as the RFCs have it.
 */
export interface Behaviour {
  readonly authorize: string;
  readonly token: string;
  /** Where refresh requests go, if not to the token endpoint. */
  readonly refreshAt?: string;
  readonly revoke?: string;
  /** The answer to a revocation: RFC 7009 §2.2 says 200. */
  readonly revokeStatus?: number;
  /** Revoking the refresh token ends its access tokens, and it is an error to revoke those again (Google). */
  readonly revokedTwice?: Refusal;
  /** Metadata document, where the endpoints are found through it. */
  readonly discovery?: string;
  /** What the client may do to say who it is; anything else is refused. */
  readonly client: readonly ('basic' | 'post' | 'signed' | 'none')[];
  readonly clientIdName?: string;
  readonly tokenBody?: 'form' | 'json';
  /** `needed`: refused without; `checked`: the verifier is compared if a challenge came; `refused`: refused with. */
  readonly pkce: 'needed' | 'checked' | 'ignored' | 'refused';
  /** Scopes to ask for; the preset's own where they are left out. */
  readonly scopes?: readonly string[];
  readonly separator?: ',' | ' ';
  readonly scopeName?: string;
  /** Parameters of the authorization request without which the login fails, or brings no refresh token. */
  readonly params?: Readonly<Record<string, string>>;
  readonly tokenParams?: Readonly<Record<string, string>>;
  readonly refreshParams?: Readonly<Record<string, string>>;
  /** Headers that every request must have. */
  readonly headers?: Readonly<Record<string, RegExp>>;
  /** How the browser comes back, beside `code` and `state`. */
  readonly callback?: {
    readonly by?: 'POST';
    readonly params?: Readonly<Record<string, string>>;
    /** A fragment that the browser would carry on to the next page. */
    readonly fragment?: string;
  };
  /** The ID token: who issued it, where its keys are, what else it says. */
  readonly openid?: {
    readonly iss: string;
    readonly keys: string;
    readonly nonce?: false;
    /** Whom the ID token is for, where that is not the client alone. */
    readonly audience?: readonly string[];
    readonly claims?: Readonly<Record<string, unknown>>;
  };
  /** The provider's API: who the user is. */
  readonly user?: {
    readonly at: string;
    readonly method?: 'POST';
    readonly sub: string;
    readonly body: unknown;
  };
  /** Where the user's e-mail addresses are listed. */
  readonly emails?: { readonly at: string; readonly body: unknown };
  /** Claims of the user that must be known after a login. */
  readonly shows?: Readonly<Record<string, string | boolean>>;
  /** The scope that was granted, where the user took some of it out. */
  readonly granted?: string;
  readonly answer?: (issued: Issued) => unknown;
  readonly refreshAnswer?: (issued: Issued) => unknown;
  /** The answer is a form rather than JSON unless JSON is asked for. */
  readonly formUnlessAsked?: true;
  readonly refreshTokens: 'none' | 'kept' | 'rotated';
  /** The scope without which no refresh token comes. */
  readonly refreshScope?: string;
  /** What a code that is wrong or used gets, and a refresh token. */
  readonly refuseCode?: Refusal;
  readonly refuseRefresh?: Refusal;
  /** What a user reads of the refused code: the provider's own error is not one that anyone registered. */
  readonly codeErrorUnnamed?: true;
  /** Values for the preset's variables. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** RFC 6749 §5.1. */
export function rfcAnswer({ access, refresh, scope, id_token }: Issued): Record<string, unknown> {
  return {
    access_token: access,
    token_type: 'Bearer',
    expires_in: 3600,
    ...(refresh !== undefined && { refresh_token: refresh }),
    ...(scope.length > 0 && { scope: scope.join(' ') }),
    ...(id_token !== undefined && { id_token }),
  };
}

/** RFC 6749 §5.2. */
export const INVALID_GRANT: Refusal = [400, { error: 'invalid_grant', error_description: 'It has expired.' }];

/** The client id as it is registered with every provider, with characters as real ones have them. */
export const CLIENT_ID = 'p-jcoLKB_yn.TLew';
