import { type Anomaly, MARKUP } from './anomaly.ts';

type Change = (right: URLSearchParams) => URLSearchParams;

const brings =
  (change: Change): Anomaly =>
  (op) => {
    const before = op.authorizationResponse;
    op.authorizationResponse = (right) => change(before(right));
  };

/** The right parameters with some in other values; undefined takes one out. */
const withParams = (values: Record<string, string | undefined>): Anomaly =>
  brings((right) => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) right.delete(name);
      else right.set(name, value);
    }
    return right;
  });

const twice = (name: string, second?: string): Anomaly =>
  brings((right) => {
    right.append(name, second ?? right.get(name) ?? 'x');
    return right;
  });

const error = (code: string, more: Record<string, string | undefined> = {}): Anomaly =>
  withParams({ code: undefined, error: code, ...more });

/** What the browser brings back from the authorization endpoint (RFC 6749 §4.1.2). */
export const AUTHORIZATION = {
  'iss of another issuer': withParams({ iss: 'https://evil.example' }),
  'no iss': withParams({ iss: undefined }),
  'an empty iss': withParams({ iss: '' }),
  'iss with a slash more': withParams({ iss: 'https://op.example/' }),
  'iss in another case': withParams({ iss: 'https://OP.example' }),
  'iss with the default port': withParams({ iss: 'https://op.example:443' }),
  'iss over plain http': withParams({ iss: 'http://op.example' }),
  'iss with a path more': withParams({ iss: 'https://op.example/tenant' }),
  'iss with a user part': withParams({ iss: 'https://op.example@evil.example' }),
  'iss twice': twice('iss'),
  'iss twice, the second another': twice('iss', 'https://evil.example'),
  'code twice': twice('code'),
  'code twice, the second another': twice('code', 'code-of-somebody-else'),
  'state twice': twice('state'),
  'state twice, the second another': twice('state', 'state-of-somebody-else'),
  'error twice': (op) => {
    error('access_denied')(op);
    twice('error', 'server_error')(op);
  },
  'no code': withParams({ code: undefined }),
  'an empty code': withParams({ code: '' }),
  'a code of 100 KB': withParams({ code: 'x'.repeat(100_000) }),
  'a code of 9 KB': withParams({ code: 'x'.repeat(9000) }),
  'a code of another login': withParams({ code: 'stolen-code-of-a-victim' }),
  'a code with markup': withParams({ code: MARKUP }),
  'a code with a line break': withParams({ code: 'abc\r\nset-cookie: evil=1' }),
  'a code beside an error': withParams({ error: 'access_denied' }),
  'an empty error beside a code': withParams({ error: '' }),
  'tokens in the query': withParams({
    access_token: 'evil-access-token',
    id_token: 'eyJhbGciOiJub25lIn0.e30.',
    token_type: 'Bearer',
    expires_in: '9999999',
  }),
  'parameters of its own making': withParams({
    session_state: 'abcdef.ghijkl',
    __proto__x: '1',
    constructor: 'x',
  }),
  'a signed response nobody asked for': withParams({ response: 'eyJhbGciOiJub25lIn0.e30.' }),
  'a response beside the state': brings((right) => {
    right.set('response', `eyJhbGciOiJub25lIn0.${btoa(JSON.stringify({ state: right.get('state') }))}.`);
    return right;
  }),
  access_denied: error('access_denied'),
  login_required: error('login_required'),
  interaction_required: error('interaction_required'),
  consent_required: error('consent_required'),
  account_selection_required: error('account_selection_required'),
  temporarily_unavailable: error('temporarily_unavailable'),
  server_error: error('server_error'),
  invalid_scope: error('invalid_scope'),
  unauthorized_client: error('unauthorized_client'),
  unsupported_response_type: error('unsupported_response_type'),
  'an error of its own making': error('tenant-7731-says-no'),
  'an error that is markup': error(MARKUP, { error_description: MARKUP, error_uri: 'javascript:alert(1)' }),
  'an error that is called __proto__': error('__proto__'),
  'an error in 100 KB': error('access_denied', { error_description: 'y'.repeat(100_000) }),
  'an error with a secret in its text': error('server_error', {
    error_description: 'client_secret=hunter2-hunter2 for ada@op.example',
  }),
  'an error with line breaks': error('server_error', { error_description: 'a\r\n{"event":"forged-line"}' }),
  'an error of another issuer': error('access_denied', { iss: 'https://evil.example' }),
  'an error without iss': error('access_denied', { iss: undefined }),
  'an error without state': error('access_denied', { state: undefined }),
  'an error with another state': error('access_denied', { state: 'state-of-somebody-else' }),
} as const satisfies Record<string, Anomaly>;
