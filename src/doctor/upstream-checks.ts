import { redirectUriOf } from '../providers/provider.ts';
import type { Settings } from '../settings/settings.ts';
import type { Upstream } from '../settings/upstream.ts';
import { type Finding, findings } from './finding.ts';
import { networkFailure } from './network.ts';

/** How long an upstream may take to say anything, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Looks at the upstreams, and asks each target whether it is there. Sends no token and no user's data. */
export async function checkUpstreams(
  settings: Settings,
  { online }: { online: boolean },
): Promise<Finding[]> {
  const perUpstream = settings.upstreams.map((upstream) => checkUpstream(upstream, settings, online));
  return [...checkControlOrigin(settings), ...(await Promise.all(perUpstream)).flat()];
}

/** Pages that an app's script must not reach are on an origin of their own, or nowhere. */
function checkControlOrigin(settings: Settings): Finding[] {
  const { isSharedWithApp, controlOrigin, upstreams, providers } = settings;
  const { ok, warning } = findings('upstreams');
  if (!isSharedWithApp) return [];
  if (controlOrigin === undefined) {
    const app = upstreams.find(({ kind }) => kind === 'app')?.id;
    return [
      warning(
        'CONTROL_ORIGIN',
        `is not set, so /admin, /connections and /device answer 404: the script of \`${app}\` could reach them.`,
        'To have these pages, set it to another host name of this Worker.',
      ),
    ];
  }
  const place = {
    origin: controlOrigin,
    basePath: settings.basePath,
    defaultProviderId: settings.defaultProvider.id,
  };
  const uris = [...providers.values()]
    .filter(({ redirect_uri }) => redirect_uri === undefined)
    .map((provider) => `${provider.display_name}: ${redirectUriOf(provider, place)}`);
  return [
    ok('CONTROL_ORIGIN', `has /admin, /connections and /device. Register there as well: ${uris.join(', ')}.`),
  ];
}

async function checkUpstream(upstream: Upstream, settings: Settings, online: boolean): Promise<Finding[]> {
  const { id, path, target, binding } = upstream;
  const { ok } = findings(`upstream ${id}`);
  const place = target?.url ?? `the binding ${binding?.name}`;
  return [
    ok('path', `${settings.publicOrigin ?? ''}${path} goes to ${place}.`),
    ...checkPolicy(upstream, settings),
    ...(online && target ? [await checkTarget(upstream, target.url)] : []),
  ];
}

/** What goes together badly, though nothing of it is wrong. */
function checkPolicy(
  { id, session, token, allow, headers, assertion, target }: Upstream,
  settings: Settings,
): Finding[] {
  const { warning } = findings(`upstream ${id}`);
  const found: Finding[] = [];
  if (session === 'optional' && (token === 'required' || allow)) {
    found.push(
      warning(
        'session',
        'is optional, but `token` or `allow` still needs a user.',
        'Set `token = "optional"`, or leave `session` out.',
      ),
    );
  }
  if (allow?.some(([claim]) => claim === 'email') && !anyTrusted(settings)) {
    found.push(
      warning(
        'allow',
        'requires an e-mail address, but no provider is trusted for those, so nobody gets in.',
        'Use another claim, such as `groups` or `sub`.',
      ),
    );
  }
  const namesUser = headers.some(({ template }) => template.includes('{'));
  if (namesUser && !assertion && target) {
    found.push(
      warning(
        'headers',
        'identify the user, but anyone who can reach the upstream directly can send the same headers.',
        'Make sure that only Drawbridge can reach it, or have it verify an `assertion`.',
      ),
    );
  }
  return found;
}

function anyTrusted({ providers }: Settings): boolean {
  return [...providers.values()].some(({ trust_email }) => trust_email !== false);
}

/** Any answer will do, a refusal too: it shows that name, TLS and server are there. */
async function checkTarget({ id }: Upstream, url: string): Promise<Finding> {
  const { ok, warning, fault } = findings(`upstream ${id}`);
  try {
    const response = await fetch(url, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await response.body?.cancel();
    return response.status >= 500
      ? warning(
          'target',
          `answers ${response.status}.`,
          'Requests are forwarded, but the service returns errors.',
        )
      : ok('target', `answers (${response.status} without a token).`);
  } catch (error) {
    const { reason, hint, here } = networkFailure(error);
    return (here ? warning : fault)('target', `${reason}.`, hint.replace('provider', 'service'));
  }
}
