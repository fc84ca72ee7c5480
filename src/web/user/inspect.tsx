import type { Context } from 'hono';
import type { Grant } from '../../grants/grant.ts';
import { grantOf, type Session } from '../../sessions/session.ts';
import type { AppEnv } from '../app-env.ts';
import { stepViews } from '../components/step-views.ts';
import { showPage } from '../href.tsx';
import { type ApiCall, apiCallProps } from './api-call.ts';
import { endSessionTargets } from './current-session.ts';
import { InspectPage } from './inspect-page.tsx';
import { grantView, sessionProps } from './session-views.ts';

/** INSPECT: the session with its tokens and the steps that brought them. `call` is the API call just made. */
export function inspectPage(c: Context<AppEnv>, current: Session, call?: ApiCall) {
  const { providers } = c.get('settings');
  c.set('formTargets', endSessionTargets(current, providers));
  const grants = current.grants.map((grant) =>
    grantView(grant, providers.get(grant.provider), refreshNotice(c, grant)),
  );
  return showPage(
    c,
    <InspectPage
      {...sessionProps(c, current)}
      sub={current.sub ?? ''}
      claims={Object.entries(current.claims).map(([name, value]) => ({ name, value: textOf(value) }))}
      createdAt={current.created_at}
      expiresAt={current.expires_at}
      grants={grants}
      call={apiCallProps(c.get('settings'), current, call)}
      steps={stepViews(current.steps ?? [])}
    />,
  );
}

/** What a refresh did, as the query of the page that tells it. */
export function refreshOutcome(before: Session, after: Session, provider: string): URLSearchParams {
  const isReplaced = grantOf(before, provider)?.refresh_token !== grantOf(after, provider)?.refresh_token;
  return new URLSearchParams({ refreshed: provider, refresh_token: isReplaced ? 'replaced' : 'kept' });
}

function refreshNotice(c: Context<AppEnv>, grant: Grant): string | undefined {
  if (c.req.query('refreshed') !== grant.provider) return undefined;
  return c.req.query('refresh_token') === 'replaced'
    ? 'Refreshed. The provider sent a new access token and replaced the refresh token.'
    : 'Refreshed. The provider sent a new access token; the refresh token stays the same.';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
