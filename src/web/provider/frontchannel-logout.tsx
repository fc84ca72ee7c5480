import type { Context } from 'hono';
import type { AuthorizationServer } from 'oauth4webapi';
import { DrawbridgeError } from '../../errors.ts';
import { log } from '../../log.ts';
import { issuerOfUser, namesIssuer } from '../../oauth/issuer.ts';
import { authorizationServer } from '../../oauth/metadata.ts';
import { ProviderRequests } from '../../oauth/provider-requests.ts';
import type { Provider } from '../../providers/provider.ts';
import { tenantIn } from '../../providers/quirks/issuer.ts';
import type { AppEnv } from '../app-env.ts';
import { newFlow } from '../errors/respond.tsx';
import { showPage } from '../href.tsx';
import { requireRealVisit } from '../middleware/own-page.ts';
import { requireReach } from './backchannel-logout.ts';
import { SignedOutPage } from './signed-out-page.tsx';

const MAX_SID_LENGTH = 255;

/**
 * `GET /frontchannel-logout/:provider?iss=&sid=`: loaded by the provider in a frame of its own page when a session
 * there has ended (OpenID Connect Front-Channel Logout §2). Our cookies do not reach a frame of another site
 * (SameSite=Lax), so the sessions are found by `sid`: both parameters must be there, which is to say that the
 * client is registered with `frontchannel_logout_session_required`. Who knows a `sid` can end its session and
 * nothing else; the answer does not tell whether there was one.
 */
export async function frontchannelLogout(c: Context<AppEnv>): Promise<Response> {
  requireRealVisit(c);
  const provider = c.get('settings').providers.get(c.req.param('provider') ?? '');
  if (!provider) throw new DrawbridgeError('unknown_provider');
  const server = await authorizationServer(new ProviderRequests(provider, { record: false }));
  const { iss, sid } = sessionToEnd(provider, server, c.req.queries('iss') ?? [], c.req.queries('sid') ?? []);
  const whose = { provider: provider.id, iss: issuerOfUser(provider, server, { iss, tid: tenantIn(iss) }) };
  const flow = newFlow();
  // Anyone can request this, so it schedules no second search.
  const once = { sweep: false };
  const sessions = await requireReach(c).endMatching({ ...whose, sid }, { revoke: false, flow }, once);
  log('frontchannel_logout', { flow, provider: provider.id, sessions });
  c.set('frameAncestors', framingOrigins(provider, server));
  return showPage(c, <SignedOutPage />);
}

/** Pure: the `iss` and `sid`, if the request names the provider's own issuer. Throws `issuer_mismatch`, `invalid_request`. */
function sessionToEnd(
  provider: Provider,
  server: AuthorizationServer,
  issuers: readonly string[],
  sids: readonly string[],
): { iss: string; sid: string } {
  const [iss, ...furtherIssuers] = issuers;
  const [sid, ...furtherSids] = sids;
  if (!iss || !sid || furtherIssuers.length > 0 || furtherSids.length > 0 || sid.length > MAX_SID_LENGTH) {
    throw new DrawbridgeError('invalid_request', {
      description: 'A front-channel logout must name `iss` and `sid`, each once.',
      hint: 'Register the client with `frontchannel_logout_session_required`.',
    });
  }
  if (!namesIssuer(provider, server, iss)) {
    throw new DrawbridgeError('issuer_mismatch', {
      description: 'The `iss` of the logout is not the issuer of this provider.',
      hint: 'Compare the `issuer` setting with what the provider sends as `iss`.',
    });
  }
  return { iss, sid };
}

/** The pages that may hold the frame: those of the provider, and nobody else's. */
function framingOrigins(provider: Provider, { end_session_endpoint }: AuthorizationServer): string[] {
  const places = [provider.issuer, end_session_endpoint];
  return [...new Set(places.flatMap((place) => (place === undefined ? [] : [new URL(place).origin])))];
}
