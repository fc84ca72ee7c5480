import type { Provider } from '../providers/provider.ts';
import type { LoginWishes } from './authorization-request.ts';
import { knownServer } from './metadata.ts';

/** Values of `prompt` that let the user choose another account (OpenID Connect Core §3.1.2.1), the best one first. */
const CHOOSING = ['select_account', 'login'];

/**
 * What makes the provider ask which account to use, instead of signing in the same one again. Nothing unless
 * `prompt_values_supported` says that it can: a provider may answer an unknown `prompt` with an error.
 */
export function accountChoice(provider: Provider): LoginWishes {
  const { prompt_values_supported: supported } = knownServer(provider);
  if (!Array.isArray(supported)) return {};
  return { prompt: CHOOSING.find((value) => supported.includes(value)) };
}
