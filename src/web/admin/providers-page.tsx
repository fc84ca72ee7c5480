import type { FC } from 'hono/jsx';
import { CopyButton } from '../components/copy-button.tsx';
import { Prose } from '../components/prose.tsx';
import { Moment } from '../components/time.tsx';
import { hasDirectory, link } from '../href.tsx';
import { AdminPage } from './layout.tsx';
import type { ShownProvider } from './shown-provider.ts';

/** The providers as resolved from settings, presets and metadata, and what to register at each. */
export const AdminProvidersPage: FC<{ providers: readonly ShownProvider[] }> = ({ providers }) => (
  <AdminPage title="Providers" current="providers">
    <h1>Providers</h1>
    {providers.map((provider) => (
      <section class="card" aria-labelledby={`provider-${provider.id}`}>
        <h2 id={`provider-${provider.id}`}>
          <a href={link(`/admin/providers/${provider.id}`)}>{provider.display_name}</a>
        </h2>
        <ProviderFacts {...provider} />
      </section>
    ))}
  </AdminPage>
);

/** What is known about a provider without asking it. */
export const ProviderFacts: FC<ShownProvider> = (provider) => (
  <>
    <p class="fixed">
      <span class="hint">Redirect URI to register</span>
      <code id={`redirect-${provider.id}`}>{provider.redirect_uri}</code>
      <CopyButton
        target={`redirect-${provider.id}`}
        what={`the redirect URI of ${provider.display_name}`}
        label="Copy"
      />
    </p>
    {provider.registration !== null && (
      <p class="hint">
        <Prose text={provider.registration} />
      </p>
    )}
    {provider.console_url !== null && (
      <p>
        <a href={provider.console_url} rel="noreferrer">
          Open the {provider.display_name} console
        </a>
      </p>
    )}
    <dl class="facts">
      {hasDirectory() && <LastLogins {...provider} />}
      <Settings {...provider} />
    </dl>
  </>
);

const LastLogins: FC<ShownProvider> = ({ last_success, last_fault }) => (
  <>
    <dt>Last login</dt>
    <dd>
      {last_success === null ? (
        <span class="hint">none known</span>
      ) : (
        <>
          <Moment at={last_success.at} />, flow <Flow {...last_success} />
        </>
      )}
    </dd>
    <dt>Last failure</dt>
    <dd>
      {last_fault === null ? (
        <span class="hint">none this week</span>
      ) : (
        <>
          <Moment at={last_fault.at} />, <code>{last_fault.error}</code>, flow <Flow {...last_fault} />
        </>
      )}
    </dd>
  </>
);

const Flow: FC<{ flow: string }> = ({ flow }) => <a href={link(`/admin/logins?flow=${flow}`)}>{flow}</a>;

const SHOWN = [
  'id',
  'preset',
  'issuer',
  'client_id',
  'token_endpoint_auth_method',
  'scope',
  'response_mode',
  'authorization_endpoint',
  'token_endpoint',
  'userinfo_endpoint',
  'revocation_endpoint',
  'end_session_endpoint',
] as const;

/** Metadata that has not been read yet may name an endpoint; a setting is there or not. */
function missing(name: (typeof SHOWN)[number]): string {
  return name.endsWith('_endpoint') ? 'none known' : 'not set';
}

const Settings: FC<ShownProvider> = (provider) => (
  <>
    {SHOWN.map((name) => (
      <>
        <dt>{name}</dt>
        <dd>
          {provider[name] === null ? (
            <span class="hint">{missing(name)}</span>
          ) : (
            <code>{provider[name]}</code>
          )}
        </dd>
      </>
    ))}
  </>
);
