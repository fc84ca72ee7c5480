import { accountIdOf, nameOf } from './configuration.mjs';
import { consentPage, signInPage } from './pages.mjs';

const INTERACTION = /^\/interaction\/([\w-]+)(?:\/(login|confirm|abort))?$/;
const MAX_FORM_BYTES = 10_000;

/** The pages of the demo provider, as middleware: shown by GET, answered by POST. */
export function interactions(provider) {
  return async function interaction(ctx, next) {
    const [path, , action] = INTERACTION.exec(ctx.path) ?? [];
    if (path === undefined) return next();
    const details = await provider.interactionDetails(ctx.req, ctx.res);
    if (ctx.method === 'GET' && action === undefined) return show(provider, ctx, details);
    if (ctx.method === 'POST' && action !== undefined) return answer(provider, ctx, details, action);
    ctx.status = 405;
  };
}

async function show(provider, ctx, { prompt, params, uid, session }) {
  const client = await provider.Client.find(params.client_id);
  const action = `/interaction/${uid}`;
  const name = client?.clientName ?? params.client_id;
  ctx.type = 'html';
  if (prompt.name === 'login') {
    ctx.body = signInPage({ action, client: name });
    return;
  }
  const account = session ? nameOf(session.accountId) : 'nobody';
  const resources = Object.keys(prompt.details.missingResourceScopes ?? {});
  const scopes = prompt.details.missingOIDCScope ?? [];
  ctx.body = consentPage({ action, client: name, name: account, scopes, resources });
}

async function answer(provider, ctx, details, action) {
  const result =
    action === 'login'
      ? await signIn(ctx)
      : action === 'confirm'
        ? await consent(provider, details)
        : { error: 'access_denied', error_description: 'The user said no.' };
  const merge = { mergeWithLastSubmission: action === 'confirm' };
  ctx.respond = false;
  await provider.interactionFinished(ctx.req, ctx.res, result, merge);
}

async function signIn(ctx) {
  const form = await readForm(ctx.req);
  const name = (form.get('name') ?? '').trim().slice(0, 100) || 'Nobody in particular';
  return { login: { accountId: accountIdOf(name) } };
}

/** Grants all that was asked for. */
async function consent(provider, { grantId, params, prompt, session }) {
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  const { missingOIDCScope, missingOIDCClaims, missingResourceScopes, rar } = prompt.details;
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '));
  if (missingOIDCClaims) grant.addOIDCClaims(missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(' '));
  }
  for (const detail of rar ?? []) grant.addRar(detail);
  return { consent: { grantId: await grant.save() } };
}

async function readForm(request) {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > MAX_FORM_BYTES) throw new Error('the form is too large');
  }
  return new URLSearchParams(text);
}
