import { base64url } from 'jose';
import type { ScriptedProvider, SeenRequest } from './scripted-provider.ts';

/** What goes wrong with one refresh request. */
export type Fault =
  /** It goes right, after a while. */
  | 'slow'
  /** The provider is not there: 503, nothing happens. */
  | 'down'
  /** The connection breaks before the provider has read the request. */
  | 'lost'
  /** The provider rotates the refresh token, then the connection breaks. */
  | 'reset';

interface Family {
  /** The refresh token that is valid, and the access token that came with it. */
  current: string;
  accessToken: string;
  /** The one before: taken again, in the time of grace, until the current one is used. */
  previous: string | undefined;
  revoked: boolean;
}

/**
 * A provider that rotates refresh tokens and takes one that comes back for stolen: it then revokes the whole
 * family (RFC 9700 §4.14.2). With `grace` it takes the last one again, for clients that have lost its answer.
 */
export class TokenFamilies {
  /** The faults of the next requests, in their order. */
  readonly faults: Fault[] = [];
  /** Refresh tokens as they were sent. */
  readonly sent: string[] = [];
  /** Refresh tokens that were sent after their successor had arrived. */
  readonly sentTwice: string[] = [];
  /** The life of access tokens, in seconds. */
  expiresIn = 300;
  /** Comes with every refresh. */
  idToken: string | undefined;
  readonly #grace: boolean;
  readonly #families = new Map<string, Family>();
  readonly #answered = new Set<string>();

  constructor(op: ScriptedProvider, options: { grace: boolean }) {
    this.#grace = options.grace;
    op.answers['/token'] = async (seen) =>
      seen.form.get('grant_type') === 'refresh_token' ? this.#refresh(seen) : op.token(seen);
    op.answers['/revoke'] = ({ form }) => {
      const family = this.familyOf(form.get('token') ?? '');
      if (family) family.revoked = true;
      return new Response(null, { status: 200 });
    };
    op.tokenResponse = (right) => {
      const [current, accessToken] = [String(right.refresh_token), String(right.access_token)];
      this.#remember({ current, accessToken, previous: undefined, revoked: false });
      return { ...right, expires_in: this.expiresIn };
    };
  }

  /** The family that a token belongs to. */
  familyOf(token: string): Family | undefined {
    return this.#families.get(token);
  }

  /** The client may have lost the last answers: the tokens they answered may come again. */
  clientCrashed(): void {
    for (const { previous } of this.#families.values()) this.#answered.delete(previous ?? '');
  }

  async #refresh({ form }: SeenRequest): Promise<Response> {
    const token = form.get('refresh_token') ?? '';
    this.sent.push(token);
    if (this.#answered.has(token)) this.sentTwice.push(token);
    const fault = this.faults.shift();
    if (fault === 'lost') throw new TypeError('connection reset');
    if (fault === 'down') return new Response('', { status: 503 });
    if (fault === 'slow') await new Promise((resolve) => setTimeout(resolve, 30));
    const family = this.familyOf(token);
    if (!family || !this.#take(family, token))
      return Response.json({ error: 'invalid_grant' }, { status: 400 });
    if (fault === 'reset') throw new TypeError('connection reset');
    this.#answered.add(token);
    return Response.json({
      access_token: family.accessToken,
      token_type: 'Bearer',
      expires_in: this.expiresIn,
      refresh_token: family.current,
      ...(this.idToken !== undefined && { id_token: this.idToken }),
    });
  }

  #take(family: Family, token: string): boolean {
    if (family.revoked) return false;
    if (this.#grace && token === family.previous) return true;
    family.revoked = token !== family.current;
    if (family.revoked) return false;
    family.previous = token;
    family.current = `refresh-${random()}`;
    family.accessToken = `access-${random()}`;
    this.#remember(family);
    return true;
  }

  #remember(family: Family): void {
    for (const token of [family.current, family.accessToken]) this.#families.set(token, family);
  }
}

function random(): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(12)));
}
