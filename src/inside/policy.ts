import * as v from 'valibot';
import { DrawbridgeError } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';

/** What an app may do with the sessions of its users: the `props` of a binding to `Auth`. */
export interface AuthProps {
  /** The name of the app, for the log. */
  readonly app: string;
  /** Ids of the providers that its users may sign in with; all of them by default. */
  readonly providers?: readonly string[] | undefined;
  /** Ids of the upstreams that it may call; all of them by default. */
  readonly upstreams?: readonly string[] | undefined;
  /** True if it may get access tokens themselves; by default it calls upstreams and sees no token. */
  readonly raw_tokens?: boolean | undefined;
}

/** What a caller of `Upstream` may do: one API, with the tokens of one connection. */
export interface UpstreamProps {
  /** The id of the upstream. */
  readonly upstream: string;
  /** The id of the connection whose token is attached. */
  readonly connection: string;
}

const name = v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/));
const names = v.pipe(v.array(name), v.maxLength(100));
const AuthSchema = v.strictObject({
  app: name,
  providers: v.optional(names),
  upstreams: v.optional(names),
  raw_tokens: v.optional(v.boolean()),
});
const UpstreamSchema = v.strictObject({ upstream: name, connection: name });

/**
 * The policy of a binding to `Auth`. A member that is unknown or has the wrong type is an error, not a wider or a
 * narrower policy. Throws `config_invalid`.
 */
export function authPolicy(props: unknown): AuthProps {
  const text = propsText(props);
  const known = policies.get(text);
  if (known) return known;
  const policy = checked(
    AuthSchema,
    text && JSON.parse(text),
    'Auth',
    '{ app, providers?, upstreams?, raw_tokens? }',
  );
  if (policies.size < MOST_POLICIES) policies.set(text, policy);
  return policy;
}

/** Policies that were checked, by their text: each request brings props of its own, and nearly always the same. */
const policies = new Map<string, AuthProps>();
/** Each binding has one. */
const MOST_POLICIES = 100;

/** Props as JSON; empty for what JSON can't say, which is no policy. */
export function propsText(props: unknown): string {
  try {
    return JSON.stringify(props) ?? '';
  } catch {
    return '';
  }
}

/** The policy of a binding to `Upstream`. Throws `config_invalid`. */
export function upstreamPolicy(props: unknown): UpstreamProps {
  return checked(UpstreamSchema, props, 'Upstream', '{ upstream, connection }');
}

function checked<Schema extends v.GenericSchema>(
  schema: Schema,
  props: unknown,
  entrypoint: string,
  shape: string,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, props);
  // protects: props of a binding
  if (parsed.success) return parsed.output;
  const wrong = [...new Set(parsed.issues.map((issue) => String(issue.path?.[0]?.key ?? 'props')))];
  throw new DrawbridgeError('config_invalid', {
    title: 'The binding is not set up',
    description: `The props of the binding to ${entrypoint} are missing or wrong.`,
    hint: `Set \`props = ${shape}\` on the service binding of the calling Worker.`,
    detail: `${entrypoint} props: ${wrong.join(', ')}`,
  });
}

/** True if the policy names `id`, or names none. */
export function permits(ids: readonly string[] | undefined, id: string): boolean {
  return ids === undefined || ids.includes(id);
}

const restricted = new WeakMap<Settings, Map<string, Settings>>();

/**
 * The settings as an app may see them: the providers and upstreams of its policy alone. The first provider that it names
 * takes the place of `DEFAULT_PROVIDER`, unless it names that one too. Pages that the app's script must not reach are on
 * the control origin. Throws `config_invalid`.
 */
export function settingsFor(
  settings: Settings,
  { providers, upstreams }: Pick<AuthProps, 'providers' | 'upstreams'>,
): Settings {
  const known = restricted.get(settings) ?? new Map<string, Settings>();
  restricted.set(settings, known);
  const key = JSON.stringify([providers, upstreams]);
  const made = known.get(key) ?? restrict(settings, providers, upstreams);
  if (known.size < MOST_POLICIES) known.set(key, made);
  return made;
}

function restrict(
  settings: Settings,
  providerIds: readonly string[] | undefined,
  upstreamIds: readonly string[] | undefined,
): Settings {
  return Object.freeze({
    ...settings,
    ...(providerIds && providersOf(settings, providerIds)),
    upstreams: settings.upstreams.filter(({ id }) => permits(upstreamIds, id)),
    isSharedWithApp: true,
  });
}

/** Throws `config_invalid` if there is none of them. */
function providersOf(
  settings: Settings,
  ids: readonly string[],
): Pick<Settings, 'providers' | 'defaultProvider'> {
  const providers = new Map([...settings.providers].filter(([id]) => ids.includes(id)));
  const first = ids.map((id) => providers.get(id)).find((provider) => provider !== undefined);
  if (!first) {
    throw new DrawbridgeError('config_invalid', {
      description: 'The props of the binding to Auth name no provider that is set up.',
      hint: 'Name providers of the Drawbridge Worker in `props.providers`, or leave it out.',
      detail: 'Auth props: providers',
    });
  }
  return { providers, defaultProvider: providers.get(settings.defaultProvider.id) ?? first };
}
