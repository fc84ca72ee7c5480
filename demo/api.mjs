/** What the sample API `/employees` of the Worker has, here behind an access token. */
const EMPLOYEES = [
  { id: 1, name: 'Ashley' },
  { id: 2, name: 'Kate' },
  { id: 3, name: 'Joe' },
];

/**
 * A small API of the demo provider's own: `GET /api/employees` wants one of its access tokens (RFC 6750).
 *
 * @param {import('oidc-provider').default} provider
 */
export function api(provider) {
  return async (ctx, next) => {
    if (ctx.path !== '/api/employees') return next();
    const [, token] = /^Bearer (\S+)$/i.exec(ctx.get('authorization')) ?? [];
    const isKnown = token !== undefined && (await provider.AccessToken.find(token)) !== undefined;
    if (isKnown) {
      ctx.body = EMPLOYEES;
      return;
    }
    ctx.status = 401;
    ctx.set('www-authenticate', token === undefined ? 'Bearer' : 'Bearer error="invalid_token"');
    ctx.body = { error: token === undefined ? 'token_missing' : 'invalid_token' };
  };
}
