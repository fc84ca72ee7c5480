import type { FC } from 'hono/jsx';
import { CodeBlock } from '../components/code-block.tsx';
import { ProviderIcon } from '../components/icon.tsx';
import { Prose } from '../components/prose.tsx';
import { ExpiryTime, Moment } from '../components/time.tsx';
import { SecretField } from '../components/token-field.tsx';
import { link } from '../href.tsx';

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
  /** What would bring a refresh token, where none came. */
  readonly refreshHint?: string;
  /** What the last refresh did, right after it. */
  readonly refreshed?: string;
  readonly tokens: readonly { name: string; value: string }[];
  readonly tokenResponse: string;
  readonly idToken?: IdTokenView;
}

interface IdTokenView {
  readonly header: string;
  readonly claims: string;
  /** `at`, in seconds since the epoch, follows the detail. */
  readonly checks: readonly { name: string; detail: string; at?: number }[];
}

/** INSPECT: what one provider granted, the access token first. */
export const GrantCard: FC<GrantView> = (grant) => (
  <section class="card" aria-labelledby={`grant-${grant.provider}`}>
    <h2 id={`grant-${grant.provider}`} class="with-mark">
      <ProviderIcon icon={grant.icon} />
      {grant.displayName}
    </h2>
    {grant.refreshed !== undefined && (
      <p class="notice good" role="status">
        {grant.refreshed}
      </p>
    )}
    <div class="stack">
      {grant.tokens.map(({ name, value }) => (
        <SecretField
          id={`${grant.provider}-${name}`}
          name={name}
          of={grant.displayName}
          value={value}
          open={name === 'access_token'}
        />
      ))}
      <SecretField
        id={`${grant.provider}-response`}
        name="token response (JSON)"
        of={grant.displayName}
        value={grant.tokenResponse}
      />
    </div>
    <dl class="facts">
      <dt>Type</dt>
      <dd>
        {grant.tokenType}, <ExpiryTime at={grant.expiresAt} />
      </dd>
      <dt>Scope</dt>
      <dd>
        {grant.scope.length === 0
          ? 'none given'
          : grant.scope.map((scope) => <code class="chip">{scope}</code>)}
      </dd>
      {grant.refreshHint !== undefined && (
        <>
          <dt>Refresh token</dt>
          <dd>
            None. <Prose text={grant.refreshHint} />
          </dd>
        </>
      )}
    </dl>
    {grant.refreshable && (
      <form method="post" action={link(`/session/refresh?provider=${grant.provider}`)}>
        <button class="button" type="submit">
          Refresh now
        </button>
      </form>
    )}
    {grant.idToken && <IdToken provider={grant.provider} {...grant.idToken} />}
  </section>
);

const IdToken: FC<IdTokenView & { provider: string }> = ({ provider, header, claims, checks }) => (
  <>
    <h3>ID token</h3>
    <ul class="plain checks">
      {checks.map(({ name, detail, at }) => (
        <li>
          <span class="tick" aria-hidden="true">
            ✓
          </span>
          <span>
            <code>{name}</code> {detail} {at !== undefined && <Moment at={at} />}
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
