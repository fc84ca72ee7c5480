import { knownServer } from '../../oauth/metadata.ts';
import type { Step } from '../../oauth/steps.ts';
import type { Session } from '../../sessions/session.ts';
import { DEMO_ID } from '../../settings/providers-table.ts';
import type { Settings } from '../../settings/settings.ts';
import { stepViews } from '../components/step-views.ts';
import type { ApiCallCardProps } from './api-call-card.tsx';

/** A call that has been made, or could not be. */
export interface ApiCall {
  readonly provider: string;
  readonly url: string;
  readonly error?: string;
  readonly steps: readonly Step[];
}

/** The card of the session page, filled with the last call. */
export function apiCallProps(
  { providers, upstreams }: Pick<Settings, 'providers' | 'upstreams'>,
  current: Session,
  call: ApiCall | undefined,
): ApiCallCardProps | undefined {
  const callable = current.grants.flatMap(({ provider }) => providers.get(provider) ?? []);
  const [first] = callable;
  if (!first) return undefined;
  const ofUpstreams = upstreams.map(({ id, path }) => (id === DEMO_ID ? `${path}employees` : path));
  const ofProviders = callable.flatMap((provider) => knownServer(provider).userinfo_endpoint ?? []);
  const suggestions = [...ofUpstreams, ...ofProviders];
  return {
    providers: callable.map(({ id, display_name }) => ({ id, displayName: display_name })),
    provider: call?.provider ?? first.id,
    url: call?.url ?? suggestions[0] ?? '',
    suggestions,
    steps: stepViews(call?.steps ?? []),
    ...(call?.error !== undefined && { error: call.error }),
  };
}
