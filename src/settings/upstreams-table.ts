import * as v from 'valibot';
import { unknownKeyHint, withoutUnknown } from './did-you-mean.ts';
import type { Fault } from './env.ts';
import { issueWords } from './issue-words.ts';
import { DEMO_ID, howToEnable } from './providers-table.ts';
import { ownRouteAt } from './routes.ts';
import { isOn } from './setting-names.ts';
import { isTable, readTable } from './table.ts';
import type { Report, Upstream, UpstreamContext } from './upstream.ts';
import { placeOf } from './upstream-place.ts';
import { headerKey, UPSTREAM_KEYS, UpstreamSettings } from './upstream-settings.ts';

const ID = /^[a-z0-9-]+$/;
const TABLE_HINT = 'Write one table per upstream: `[vars.UPSTREAMS.<id>]`.';

/** The upstreams in `UPSTREAMS`, the longest path first. Faults are collected, not thrown. */
export function resolveUpstreams(context: UpstreamContext, faults: Fault[]): readonly Upstream[] {
  const table = readTable('UPSTREAMS', context.env.UPSTREAMS, TABLE_HINT, faults);
  const upstreams: Upstream[] = [];
  for (const [id, entry] of Object.entries({ ...demoUpstream(context, table), ...table })) {
    const report: Report = (key, fault, hint) =>
      faults.push({ setting: `UPSTREAMS.${id}${key === '' ? '' : `.${key}`}`, fault, hint });
    const upstream = resolveUpstream(id, entry, context, report);
    const twin = upstreams.find(({ path }) => path === upstream?.path);
    if (twin) report('path', `is also the path of \`${twin.id}\``, 'Give each upstream its own path.');
    if (upstream) upstreams.push(upstream);
  }
  return Object.freeze(upstreams.sort((a, b) => b.path.length - a.path.length));
}

/** With DEMO: the demo provider's own API, unless there is an upstream with that name or path. */
function demoUpstream(
  { env, providers }: UpstreamContext,
  table: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const issuer = providers.get(DEMO_ID)?.issuer;
  const isTaken = Object.values(table).some(
    (entry) => isTable(entry) && /^\/api\/?$/.test(String(entry.path)),
  );
  if (!isOn(env.DEMO) || issuer === undefined || isTaken) return {};
  return { [DEMO_ID]: { path: '/api/', target: `${issuer}/api/`, provider: DEMO_ID } };
}

function resolveUpstream(
  id: string,
  entry: unknown,
  context: UpstreamContext,
  report: Report,
): Upstream | undefined {
  let isWrong = false;
  const fail: Report = (key, fault, hint) => {
    isWrong = true;
    report(key, fault, hint);
  };
  if (!ID.test(id)) fail('', 'has an id with characters other than a-z, 0-9 and -', 'Rename it.');
  if (!isTable(entry)) {
    report('', 'is not a table', TABLE_HINT);
    return undefined;
  }
  const { entry: known, unknown } = withoutUnknown(entry, UPSTREAM_KEYS);
  for (const key of unknown)
    fail(key, 'is not a setting', unknownKeyHint(key, UPSTREAM_KEYS, 'docs/upstreams.md'));
  const parsed = v.safeParse(UpstreamSettings, known, { abortPipeEarly: true });
  if (!parsed.success) {
    for (const issue of parsed.issues) reportIssue(issue, fail);
    return undefined;
  }
  const settings = parsed.output;
  checkPath(settings.path, context.basePath, fail);
  const place = placeOf(settings, context, fail);
  checkToken(settings, context, fail);
  checkAssertion(settings, context, fail);
  if (isWrong || !place) return undefined;
  const { assertion } = settings;
  return Object.freeze({
    ...settings,
    ...place,
    id,
    provider: settings.provider,
    token: settings.provider === undefined ? 'none' : (settings.token ?? 'required'),
    scope: settings.scope ?? [],
    allow: settings.allow,
    methods: settings.methods.includes('GET')
      ? [...new Set([...settings.methods, 'HEAD'])]
      : settings.methods,
    headers: Object.entries(settings.headers).map(([name, template]) => ({
      name,
      key: headerKey(name),
      template,
    })),
    assertion: assertion === false ? undefined : assertion === true ? [] : assertion,
    cookies: settings.cookies,
  });
}

function reportIssue(issue: v.BaseIssue<unknown>, report: Report): void {
  const path = issue.path?.map(({ key }) => String(key)).join('.') ?? '';
  const [fault, fix] = issueWords(issue);
  const hint = 'See the reference in docs/upstreams.md.';
  report(path, fault, fix === undefined ? hint : `${fix} ${hint}`);
}

function checkPath(path: string, basePath: string, report: Report): void {
  const bare = path === '/' ? path : path.slice(0, -1);
  const own = ownRouteAt(bare, basePath);
  if (own === undefined) return;
  report(
    'path',
    `is ${bare === own ? 'equal to' : 'below'} Drawbridge’s own route \`${own}\``,
    'Choose another path, or set `BASE_PATH` so that Drawbridge’s own routes move out of the way.',
  );
}

function checkToken(
  settings: UpstreamSettings,
  { providers, attempted }: UpstreamContext,
  report: Report,
): void {
  const { provider, token, scope } = settings;
  if (provider === undefined) {
    for (const [key, value] of Object.entries({ token, scope })) {
      if (value === undefined || value === 'none') continue;
      report(key, 'is set without a `provider`', 'Name the provider whose access token is attached.');
    }
    return;
  }
  const attached = token !== 'none';
  if (attached && Object.keys(settings.headers).some((name) => headerKey(name) === 'authorization')) {
    report('headers', 'sets `Authorization`, which carries the token', 'Remove it, or set `token = "none"`.');
  }
  // A provider with faults is already reported.
  if (providers.has(provider) || attempted.has(provider)) return;
  report('provider', 'names no provider that is enabled', howToEnable(provider, providers));
}

function checkAssertion(settings: UpstreamSettings, context: UpstreamContext, report: Report): void {
  if (settings.assertion === false) return;
  if (context.publicOrigin === undefined) {
    report('assertion', 'needs `PUBLIC_ORIGIN`, the `iss` of assertions', 'Set `PUBLIC_ORIGIN`.');
  }
  if (context.assertionKeys.signing.length > 0) return;
  report(
    'assertion',
    'needs `ASSERTION_PRIVATE_KEY`',
    'Run `npm run key`, then `npx wrangler secret put ASSERTION_PRIVATE_KEY`.',
  );
}
