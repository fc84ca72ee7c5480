import type { Context } from 'hono';
import type { LoginWishes } from '../../oauth/authorization-request.ts';
import type { Provider } from '../../providers/provider.ts';
import type { AppEnv } from '../app-env.ts';
import { showPage } from '../href.tsx';
import { loginHref } from '../login-href.ts';
import { AskBeforeReplacingPage } from './ask-before-replacing-page.tsx';
import { nameOf } from './home.tsx';

/**
 * A page that asks before a login takes the place of the session that is there: for a visit that another site leads to,
 * since its author, not the user, may want it. Undefined if there is no session.
 */
export async function askBeforeReplacing(
  c: Context<AppEnv>,
  provider: Provider,
  wishes: LoginWishes,
  returnTo: string | undefined,
): Promise<Response | undefined> {
  const current = await c.get('sessions').read();
  if (!current) return undefined;
  return showPage(
    c,
    <AskBeforeReplacingPage
      name={nameOf(current)}
      provider={provider.display_name}
      loginHref={loginHref(c, provider.id, { returnTo, wishes })}
      connected={current.grants.length > 1}
    />,
  );
}
