import { DrawbridgeError } from '../errors.ts';
import type { LoginWishes } from '../oauth/authorization-request.ts';
import { isOpenId, type Provider } from '../providers/provider.ts';
import type { Settings } from '../settings/settings.ts';

/** What the settings allow a login to ask for. */
interface Policy {
  readonly upstreams: Settings['upstreams'];
  /** In INSPECT any scope may be asked for. */
  readonly inspect: boolean;
  /** For a connection any scope may be asked for: no link can, only a form of ours that shows it to the user first. */
  readonly lasting?: boolean;
}

/** What a login asks for, once the settings have had their say. */
export interface Asked extends LoginWishes {
  readonly scope: string;
}

/**
 * Pure: what a link asks for, held against the settings, which are a floor: a link may ask for a stricter sign-in, never
 * for a weaker one, and for no scope that nobody has set. Throws `invalid_request` if a fresh or strong sign-in is asked
 * for without OpenID Connect: then nothing would tell whether it was one.
 */
export function withinPolicy(provider: Provider, wishes: LoginWishes, policy: Policy): Asked {
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
      description: `\`${setting}\` needs OpenID Connect: without an ID token nothing says how the user signed in.`,
      hint: `Leave \`${setting}\` out, or add \`openid\` to the \`scope\` of this provider.`,
      detail: `${setting} without openid`,
    });
  }
  const prompt = promptWithin(provider.authorization_params?.prompt, wishes.prompt);
  return { ...wishes, scope, max_age, acr_values, prompt };
}

/**
 * The scopes asked for, as far as the provider or an upstream with its tokens may have them. `openid` stays where
 * somebody signs in by it.
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

/** Those asked for that are set as well, in the order asked for; all that are set if that leaves none. */
function acrValuesWithin(set: string | undefined, wanted: string | undefined): string | undefined {
  const acceptable = listOf(set);
  if (acceptable.length === 0) return wanted;
  const asked = listOf(wanted).filter((value) => acceptable.includes(value));
  return (asked.length > 0 ? asked : acceptable).join(' ');
}

/** What is set and what is asked for; `none`, which goes with nothing else, only if nothing is set. */
function promptWithin(set: string | undefined, wanted: string | undefined): string | undefined {
  const all = [...new Set([...listOf(set), ...listOf(wanted)])];
  const asking = all.filter((value) => value !== 'none');
  if (asking.length > 0) return asking.join(' ');
  return all.length > 0 ? 'none' : undefined;
}

function listOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(' ').filter((one) => one !== '');
}
