import {
  type Anomaly,
  answers,
  endless,
  json,
  MARKUP,
  type Members,
  redirect,
  reset,
  text,
} from './anomaly.ts';

const members =
  (wrong: Members): Anomaly =>
  (op) => {
    const before = op.userinfoResponse;
    op.userinfoResponse = (right) => ({ ...before(right), ...wrong });
  };

/** What the userinfo endpoint says (OpenID Connect Core §5.3). */
export const USERINFO = {
  'userinfo of another sub': members({ sub: 'user-2' }),
  'userinfo of a sub in capitals': members({ sub: 'USER-1' }),
  'userinfo without sub': members({ sub: undefined }),
  'userinfo with a sub that is a list': members({ sub: ['user-1'] }),
  'userinfo with markup': members({ name: MARKUP, picture: 'javascript:alert(1)' }),
  'userinfo with 401': answers('/userinfo', json(401, { error: 'invalid_token' })),
  'userinfo with 403': answers('/userinfo', json(403, {})),
  'userinfo with 500': answers('/userinfo', text(500, '', 'text/plain')),
  'userinfo as HTML': answers('/userinfo', text(200, '<p>', 'text/html')),
  'userinfo as a list': answers('/userinfo', json(200, [])),
  'userinfo as null': answers('/userinfo', json(200, null)),
  'userinfo as an unsigned JWT': answers(
    '/userinfo',
    text(200, 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyLTEifQ.', 'application/jwt'),
  ),
  'userinfo that is empty': answers('/userinfo', text(200, '', 'application/json')),
  'userinfo as an empty object': answers('/userinfo', json(200, {})),
  'userinfo with a challenge beside it': answers('/userinfo', () =>
    Response.json({ sub: 'user-1', name: 'Ada' }, { headers: { 'www-authenticate': 'Key realm="gateway"' } }),
  ),
  'userinfo with 201': answers('/userinfo', json(201, { sub: 'user-1', name: 'Ada' })),
  'userinfo that is an error with 200': answers('/userinfo', json(200, { error: 'invalid_token' })),
  'userinfo with 503': answers('/userinfo', text(503, '', 'text/plain')),
  'userinfo 10,000 levels deep': answers(
    '/userinfo',
    text(
      200,
      `{"sub":"user-1","name":"Ada","deep":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
      'application/json',
    ),
  ),
  'userinfo by redirect': answers('/userinfo', redirect(302)),
  'userinfo without end': answers('/userinfo', () => endless()),
  'a reset of the userinfo': answers('/userinfo', reset),
} as const satisfies Record<string, Anomaly>;
