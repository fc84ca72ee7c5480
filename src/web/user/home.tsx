import type { Context } from 'hono';
import type { AuthorizationServer } from 'oauth4webapi';
import {
  allParameters,
  authorizationParameters,
  authorizationUrl,
  freshValues,
  OWN_PARAMETERS,
} from '../../oauth/authorization-request.ts';
import { searchParams } from '../../oauth/form-parameters.ts';
import { authorizationServer } from '../../oauth/metadata.ts';
import { ProviderRequests } from '../../oauth/provider-requests.ts';
import { isPushed } from '../../oauth/request-delivery.ts';
import { ICONS } from '../../providers/icons.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Session } from '../../sessions/session.ts';
import type { Settings } from '../../settings/settings.ts';
import type { AppEnv } from '../app-env.ts';
import { wantsJson } from '../errors/respond.tsx';
import { href, inPlace, showPage } from '../href.tsx';
import { type LoginLink, loginHref } from '../login-href.ts';
import { formTarget } from '../middleware/headers.ts';
import { redirectUri } from '../redirect-uri.ts';
import { returnTarget } from '../return-target.ts';
import { LoginPage, type ProviderButton } from './login-page.tsx';
import { takeLogoutState } from './logout-state.ts';
import { sealPrepared } from './prepared.ts';
import type { RequestFormProps } from './request-form.tsx';
import { EDITABLE_NAMES, requestParameters } from './request-parameters.ts';

/** `GET /`: the login page. */
export async function loginPage(c: Context<AppEnv>): Promise<Response> {
  const settings = c.get('settings');
  const { inspect } = settings;
  const returnTo = returnTarget(c, c.req.query('return_to'));
  if (wantsJson(c)) {
    return c.json({
      providers: providerButtons(c, returnTo).map(({ id, displayName, href }) => ({
        id,
        display_name: displayName,
        login: href,
      })),
    });
  }
  const session = await c.get('sessions').read();
  const signedOut = takeLogoutState(c.get('jar'), c.req.query('state'));
  if (!session && !inspect && !signedOut && returnTo === undefined) {
    const page = await pageFor(c);
    c.set('pageForAll', page);
    return c.html(page);
  }
  const form = inspect ? await requestForm(c, returnTo) : undefined;
  return showPage(
    c,
    <LoginPage
      providers={providerButtons(c, returnTo)}
      signedOut={signedOut}
      {...(session && { signedIn: { name: nameOf(session) } })}
      {...(form && { inspect: form })}
    />,
  );
}

const pagesForAll = new WeakMap<Settings, string>();

/** The page as everybody sees it who is not signed in; built once. */
async function pageFor(c: Context<AppEnv>): Promise<string> {
  const settings = c.get('settings');
  let page = pagesForAll.get(settings);
  if (page === undefined) {
    const content = <LoginPage providers={providerButtons(c, undefined)} />;
    page = String(await inPlace(settings, content));
    pagesForAll.set(settings, page);
  }
  return page;
}

function providerButtons(c: Context<AppEnv>, returnTo: string | undefined): ProviderButton[] {
  return [...c.get('settings').providers.values()].map((provider) =>
    providerButton(c, provider, { returnTo }),
  );
}

/** What to call the user: the first claim that is fit for it. Undefined if there is none: a subject is no name. */
export function nameOf({ claims }: Pick<Session, 'claims'>): string | undefined {
  const { name, preferred_username, email } = claims;
  return [name, preferred_username, email].map(visibleName).find((found) => found !== '');
}

/** Without signs that turn the text around them, which would turn ours as well (Unicode UAX #9, explicit directions). */
export function visibleName(value: unknown): string {
  return typeof value === 'string' ? value.replaceAll(/[\p{Bidi_Control}\p{Cc}]/gu, '').trim() : '';
}

/** The button that starts a login at a provider. */
export function providerButton(c: Context<AppEnv>, provider: Provider, link: LoginLink): ProviderButton {
  const icon = ICONS[provider.preset ?? provider.id];
  return {
    id: provider.id,
    displayName: provider.display_name,
    href: loginHref(c, provider.id, link),
    ...(icon && { icon }),
  };
}

/** INSPECT: one provider's request laid out, with the very values that will be sent. */
async function requestForm(c: Context<AppEnv>, returnTo: string | undefined): Promise<RequestFormProps> {
  const { providers, defaultProvider } = c.get('settings');
  const provider = providers.get(c.req.query('provider') ?? '') ?? defaultProvider;
  const values = await freshValues(provider);
  const redirect_uri = redirectUri(c, provider);
  const parameters = await authorizationParameters(provider, redirect_uri, values, {});
  const { endpoint, notice } = await endpointOf(provider);
  c.set('formTargets', [formTarget(endpoint)]);
  return {
    displayName: provider.display_name,
    choices: [...providers.values()].map(({ id, display_name }) => ({
      id,
      displayName: display_name,
      href: href(c, `/?${new URLSearchParams({ provider: id })}`),
      current: id === provider.id,
    })),
    action: loginHref(c, provider.id),
    hidden: [
      { name: 'prepared', value: await sealPrepared(c, values) },
      ...(returnTo === undefined ? [] : [{ name: 'return_to', value: returnTo }]),
    ],
    parameters: requestParameters(provider, searchParams(allParameters(parameters))),
    reserved: [...OWN_PARAMETERS, ...EDITABLE_NAMES],
    endpoint,
    requestUrl: authorizationUrl({ issuer: '', authorization_endpoint: endpoint }, parameters),
    ...(notice !== undefined && { notice }),
  };
}

/** Where the request goes, if that can be found out now. The page is shown in any case. */
async function endpointOf(provider: Provider) {
  try {
    const server = await authorizationServer(new ProviderRequests(provider, { record: false }));
    const endpoint = server.authorization_endpoint ?? '';
    return { endpoint, ...deliveryNotice(provider, server) };
  } catch {
    const endpoint = `${provider.issuer ?? ''}/`;
    const notice =
      'The provider’s metadata can’t be read just now, so its authorization endpoint is not known yet.';
    return { endpoint, notice };
  }
}

/** How the parameters are sent, if not in the URL. The page shows them in any case. */
function deliveryNotice(provider: Provider, server: AuthorizationServer): { notice?: string } {
  const ways = [
    ...(provider.request_object_signing_alg ? ['signed as a request object (RFC 9101)'] : []),
    ...(isPushed(provider, server)
      ? ['pushed to the provider first, which gives a reference (RFC 9126)']
      : []),
  ];
  return ways.length === 0 ? {} : { notice: `These parameters are ${ways.join(', and ')}.` };
}
