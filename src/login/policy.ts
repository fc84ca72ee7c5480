import { DrawbridgeError } from '../errors.ts';
import { type LoginWishes, NO_WISHES } from '../oauth/authorization-request.ts';
import { isOpenId, type Provider } from '../providers/provider.ts';
import type { Settings } from '../settings/settings.ts';

/** What the settings allow a login to ask for. */
interface Policy {
  readonly upstreams: Settings['upstreams'];
  /** With INSPECT any scope may be requested. */
  readonly inspect: boolean;
  /** For a connection any scope may be requested: not by a link, only by our own form, which shows it to the user. */
  readonly lasting?: boolean;
}

/** What a login asks for, after the settings have been applied. */
export interface Asked extends LoginWishes {
  readonly scope: string;
}

/**
 * Pure: applies the settings to what a link asks for. The settings are a minimum: a link may ask for a stricter sign-in,
 * never for a weaker one, and only for scopes in the settings. Throws `invalid_request` if a fresh or strong sign-in is
 * requested without OpenID Connect, because that could not be verified.
 */
export function withinPolicy(provider: Provider, wishes: LoginWishes, policy: Policy): Asked {
  if (wishes !== NO_WISHES) return applied(provider, wishes, policy);
  // Without a scope asked for, the policy does not matter: each provider has one answer, and it is the usual one.
  let asked = usual.get(provider);
  if (!asked) {
    asked = applied(provider, wishes, policy);
    usual.set(provider, asked);
  }
  return asked;
}

const usual = new WeakMap<Provider, Asked>();

function applied(provider: Provider, wishes: LoginWishes, policy: Policy): Asked {
  const max_age = smallest(
    provider.max_age,
    secondsOf(provider.authorization_params?.max_age),
    wishes.max_age,
  );
  const acr_values = acrValuesWithin(provider.authorization_params?.acr_values, wishes.acr_values);
  const isStrict = max_age !== undefined || Boolean(acr_values);
  const scope = scopeWithin(provider, wishes.scope, policy, isStrict || !policy.lasting);
  if (isStrict && !isOpenId(scope)) {
    const setting = max_age === undefined ? 'acr_values' : 'max_age';
    throw new DrawbridgeError('invalid_request', {
      description: `\`${setting}\` needs OpenID Connect: only an ID token says how the user signed in.`,
      hint: `Remove \`${setting}\`, or add \`openid\` to the \`scope\` of this provider.`,
      detail: `${setting} without openid`,
    });
  }
  const prompt = promptWithin(provider.authorization_params?.prompt, wishes.prompt);
  return { ...wishes, scope, max_age, acr_values, prompt };
}

/**
 * The requested scopes that are allowed for the provider, or for an upstream that uses its tokens. `openid` is kept if
 * the provider signs users in with it.
 */
function scopeWithin(
  provider: Provider,
  wanted: string | undefined,
  policy: Policy,
  keepsOpenId: boolean,
): string {
  if (wanted === undefined) return provider.scope;
  const isFree = policy.inspect || policy.lasting === true;
  const allowed = askableScopes(provider, policy);
  const granted = listOf(wanted).filter((scope) => isFree || allowed.has(scope));
  if (granted.length === 0 && !isFree) return provider.scope;
  const required = keepsOpenId && isOpenId(provider.scope) ? ['openid'] : [];
  return [...new Set([...required, ...granted])].join(' ');
}

function askableScopes(provider: Provider, { upstreams }: Policy): ReadonlySet<string> {
  const ofUpstreams = upstreams.filter((upstream) => upstream.provider === provider.id);
  return new Set([
    ...listOf(provider.scope),
    ...listOf(provider.optional_scope),
    ...ofUpstreams.flatMap(({ scope }) => scope),
  ]);
}

function smallest(...seconds: readonly (number | undefined)[]): number | undefined {
  const given = seconds.filter((value) => value !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

function secondsOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** The requested values that are also in the settings, in the requested order; if there are none, all in the settings. */
function acrValuesWithin(set: string | undefined, wanted: string | undefined): string | undefined {
  const acceptable = listOf(set);
  if (acceptable.length === 0) return wanted;
  const asked = listOf(wanted).filter((value) => acceptable.includes(value));
  return (asked.length > 0 ? asked : acceptable).join(' ');
}

/** The values in the settings plus the requested ones. `none` excludes others, so it only counts if nothing is set. */
function promptWithin(set: string | undefined, wanted: string | undefined): string | undefined {
  const all = [...new Set([...listOf(set), ...listOf(wanted)])];
  const asking = all.filter((value) => value !== 'none');
  if (asking.length > 0) return asking.join(' ');
  return all.length > 0 ? 'none' : undefined;
}

function listOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(' ').filter((one) => one !== '');
}
