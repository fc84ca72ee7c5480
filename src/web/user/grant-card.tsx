import type { FC } from 'hono/jsx';
import { CodeBlock } from '../components/code-block.tsx';
import { ProviderIcon } from '../components/icon.tsx';
import { Prose } from '../components/prose.tsx';
import { ExpiryTime } from '../components/time.tsx';
import { SecretField } from '../components/token-field.tsx';

export interface GrantView {
  readonly provider: string;
  readonly displayName: string;
  /** Path of its mark on a square of 24. */
  readonly icon?: string;
  readonly scope: readonly string[];
  readonly tokenType: string;
  /** Seconds since the epoch. */
  readonly expiresAt?: number;
  readonly refreshable: boolean;
  /** INSPECT: what would bring a refresh token, where none came. */
  readonly refreshHint?: string;
  /** INSPECT: the tokens themselves. */
  readonly inspect?: {
    readonly tokens: readonly { name: string; value: string }[];
    readonly tokenResponse: string;
    readonly idToken?: IdTokenView;
  };
}

interface IdTokenView {
  readonly header: string;
  readonly claims: string;
  readonly checks: readonly { name: string; detail: string }[];
}

/** What one provider granted. */
export const GrantCard: FC<GrantView> = (grant) => (
  <section class="card" aria-labelledby={`grant-${grant.provider}`}>
    <h2 id={`grant-${grant.provider}`} class="with-mark">
      <ProviderIcon icon={grant.icon} name={grant.displayName} />
      {grant.displayName}
    </h2>
    <dl class="facts">
      <dt>Scope</dt>
      <dd>
        {grant.scope.length === 0
          ? 'none named'
          : grant.scope.map((scope) => <code class="chip">{scope}</code>)}
      </dd>
      <dt>Access token</dt>
      <dd>
        {grant.tokenType}, <ExpiryTime at={grant.expiresAt} />
      </dd>
      <dt>Refresh</dt>
      <dd>
        {grant.refreshable ? 'A refresh token is kept.' : 'No refresh token was given.'}
        {grant.refreshHint !== undefined && (
          <>
            {' '}
            <Prose text={grant.refreshHint} />
          </>
        )}
      </dd>
    </dl>
    {grant.inspect && <Tokens provider={grant.provider} {...grant.inspect} />}
    {grant.refreshable && (
      <form method="post" action={`/session/refresh?provider=${grant.provider}`}>
        <button class="button" type="submit">
          Refresh now
        </button>
      </form>
    )}
  </section>
);

const Tokens: FC<NonNullable<GrantView['inspect']> & { provider: string }> = (inspect) => (
  <>
    <h3>Tokens</h3>
    <div class="stack">
      {inspect.tokens.map(({ name, value }) => (
        <SecretField id={`${inspect.provider}-${name}`} name={name} value={value} />
      ))}
      <SecretField
        id={`${inspect.provider}-response`}
        name="token response (JSON)"
        value={inspect.tokenResponse}
      />
    </div>
    {inspect.idToken && <IdToken provider={inspect.provider} {...inspect.idToken} />}
  </>
);

const IdToken: FC<IdTokenView & { provider: string }> = ({ provider, header, claims, checks }) => (
  <>
    <h3>ID token</h3>
    <ul class="plain checks">
      {checks.map(({ name, detail }) => (
        <li>
          <span class="tick" aria-hidden="true">
            ✓
          </span>
          <span>
            <code>{name}</code> {detail}
          </span>
        </li>
      ))}
    </ul>
    <details>
      <summary>Decoded</summary>
      <CodeBlock label={`ID token header of ${provider}`} text={header} />
      <CodeBlock label={`ID token claims of ${provider}`} text={claims} />
    </details>
  </>
);
