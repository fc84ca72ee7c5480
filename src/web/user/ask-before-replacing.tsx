import type { Context } from 'hono';
import type { LoginWishes } from '../../oauth/authorization-request.ts';
import type { Provider } from '../../providers/provider.ts';
import type { AppEnv } from '../app-env.ts';
import { href, showPage } from '../href.tsx';
import { isFromAnotherSite } from '../middleware/own-page.ts';
import { AskBeforeReplacingPage } from './ask-before-replacing-page.tsx';
import { nameOf } from './home.tsx';
import { STANDARD_WISHES } from './wishes.ts';

/**
 * A page that asks before a login takes the place of the session that is there: for a visit that another site leads to,
 * since its author, not the user, may want it. Undefined if nothing has to be asked.
 */
export async function askBeforeReplacing(
  c: Context<AppEnv>,
  provider: Provider,
  wishes: LoginWishes & { readonly returnTo: string | undefined },
): Promise<Response | undefined> {
  if (!isFromAnotherSite(c)) return undefined;
  const current = await c.get('sessions').read();
  if (!current) return undefined;
  const wanted = [
    ...STANDARD_WISHES.map((name) => [name, wishes[name]] as const),
    ['return_to', wishes.returnTo],
  ];
  const given = wanted
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [String(name), String(value)]);
  const query = given.length > 0 ? `?${new URLSearchParams(given)}` : '';
  return showPage(
    c,
    <AskBeforeReplacingPage
      displayName={nameOf(current)}
      provider={provider.display_name}
      loginHref={href(c, `/login/${provider.id}${query}`)}
      connected={current.grants.length > 1}
    />,
  );
}
