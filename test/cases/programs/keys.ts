import { expect } from 'vitest';
import { formatKey, newConnectionId, newSecret } from '../../../src/connections/key.ts';
import { ACCESS_TOKEN, connect, exchange, post, TOKEN_EXCHANGE } from '../../connections/stage.ts';
import { later } from '../../sessions/durable-object/keeper-stage.ts';
import { locationOf } from '../../support/visitor.ts';
import type { Row } from '../case.ts';
import {
  endKey,
  exchangeOf,
  exchangeWith,
  otherId,
  otherSecret,
  type Program,
  parsed,
  program,
  refusedProgram,
  servedProgram,
  wrongChecksum,
} from './program.ts';

const BAD = refusedProgram(400, 'invalid_request');
const TARGET = refusedProgram(400, 'invalid_target');
const SCOPE = refusedProgram(400, 'invalid_scope');
const bind = (program: Program, changes: Record<string, string | undefined> = {}) =>
  exchange(program.visitor, program.key, changes);

/** The same form, with one parameter twice. */
const twice = (name: string) =>
  program(({ visitor, key }) => {
    const form = new URLSearchParams({
      grant_type: TOKEN_EXCHANGE,
      subject_token: key,
      subject_token_type: ACCESS_TOKEN,
      audience: 'op',
    });
    form.append(name, 'op');
    return post(visitor, '/token', form);
  });

/** The provider has ended the grant; the program asks twice. */
const deadGrant = program(async (asked) => {
  asked.scene.op.answers['/token'] = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
  later(400);
  await bind(asked);
  return bind(asked);
});

/** What uses up keys, and what a key is good for. */
// biome-ignore format: one line per case
export const KEYS: readonly Row[] = [
  ['key-right', 'RFC 8693 §2.2.1', program((asked) => bind(asked)), servedProgram()],
  ['key-wrong-secret', 'RFC 8693 §2.2.2', exchangeOf(otherSecret), BAD],
  ['key-secret-at-another-id', 'RFC 8693 §2.2.2', exchangeOf(otherId), BAD],
  ['key-wrong-checksum', 'CWE-20', exchangeOf(wrongChecksum), BAD],
  ['key-of-nobody', 'CWE-20', exchangeOf(() => formatKey({ connection: newConnectionId(), secret: newSecret() })), BAD],
  ['key-cut-off', 'CWE-20', exchangeOf((key) => key.slice(0, 50)), BAD],
  ['key-from-a-file', 'RFC 8693 §2.1', exchangeOf((key) => `${key}\n`), servedProgram()],
  ['key-from-a-windows-file', 'RFC 8693 §2.1', exchangeOf((key) => `${key}\r\n`), servedProgram()],
  ['key-with-two-line-breaks', 'CWE-20', exchangeOf((key) => `${key}\n\n`), BAD],
  ['key-with-a-space', 'CWE-20', exchangeOf((key) => `${key} `), BAD],
  ['key-in-capitals', 'CWE-178', exchangeOf((key) => key.toUpperCase()), BAD],
  ['key-of-another-connection', 'CWE-639', program(async ({ scene, visitor, key }) => {
    const other = await connect(scene.visitor, scene.op);
    return exchange(visitor, formatKey({ connection: parsed(other.key).connection, secret: parsed(key).secret }));
  }), refusedProgram(400, 'invalid_request', { tokenRequests: 3 })],
  ['key-ended', 'CWE-613', program(async (asked) => { await endKey(asked); return bind(asked); }), BAD],
  ['key-expired', 'CWE-613', program((asked) => { later(7200); return bind(asked); }, { form: { key_days: '1' }, env: { SESSION_IDLE_SECONDS: 864000 } }), servedProgram({ tokenRequests: 3 })],
  ['key-expired-a-day-later', 'CWE-613', program((asked) => { later(86_500); return bind(asked); }, { form: { key_days: '1' }, env: { SESSION_IDLE_SECONDS: 864000 } }), BAD],
  ['connection-expired', 'CWE-613', program((asked) => { later(86_500); return bind(asked); }, { form: { expires_in_days: '1' }, env: { SESSION_IDLE_SECONDS: 864000 } }), BAD],
  ['key-ends-while-a-request-runs', 'CWE-367', program(async (asked) => {
    const { op } = asked.scene;
    const answer = op.answers['/token'];
    op.answers['/token'] = async (seen) => { await endKey(asked); op.answers['/token'] = answer; return op.token(seen); };
    later(400);
    return bind(asked);
  }), refusedProgram(400, 'invalid_request', { tokenRequests: 3 })],
  ['raw-tokens-off', 'CWE-862', program((asked) => bind(asked), { form: { raw_tokens: '' } }), refusedProgram(400, 'unauthorized_client')],
  ['audience-of-another-provider', 'RFC 8693 §2.2.2', exchangeWith({ audience: 'two' }), TARGET],
  ['audience-of-a-prototype', 'CWE-1321', exchangeWith({ audience: 'constructor' }), TARGET],
  ['audience-missing', 'RFC 8693 §2.1', exchangeWith({ audience: undefined }), BAD],
  ['audience-twice', 'RFC 6749 §3.2', twice('audience'), BAD],
  ['resource', 'RFC 8707 §2', exchangeWith({ resource: 'https://api.example/' }), TARGET],
  ['resource-empty', 'RFC 6749 §3.1', exchangeWith({ resource: '', actor_token: '' }), servedProgram()],
  ['key-scope-wider', 'RFC 6749 §6', exchangeWith({ scope: 'openid read write' }), SCOPE],
  ['scope-other', 'RFC 6749 §6', exchangeWith({ scope: 'openid write' }), SCOPE],
  ['scope-narrower-where-it-can-not-be', 'RFC 6749 §6', exchangeWith({ scope: 'read' }), SCOPE],
  ['scope-narrower-where-it-can', 'RFC 6749 §6', exchangeWith({ scope: 'read' }, { entry: { narrower_scope: true } }), servedProgram({ tokenRequests: 3 })],
  ['subject-token-type-unknown', 'RFC 8693 §2.1', exchangeWith({ subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }), BAD],
  ['actor-token', 'RFC 8693 §2.1', exchangeWith({ actor_token: 'x', actor_token_type: ACCESS_TOKEN }), BAD],
  ['grant-type-unknown', 'RFC 6749 §5.2', exchangeWith({ grant_type: 'password' }), refusedProgram(400, 'unsupported_grant_type')],
  ['grant-type-twice', 'RFC 6749 §3.2', twice('grant_type'), BAD],
  ['exchange-by-json', 'RFC 8693 §2.1', program(({ visitor, key }) => visitor.send('POST', '/token', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ subject_token: key }) })), BAD],
  ['exchange-by-get', 'RFC 8693 §2.1', program(({ visitor, key }) => visitor.getJson(`/token?grant_type=${TOKEN_EXCHANGE}&subject_token=${key}&audience=op`)), refusedProgram(404, 'not_found')],
  ['grant-ended', 'RFC 6749 §5.2', deadGrant, refusedProgram(400, 'invalid_grant', { tokenRequests: 3 }), async (_, response) => {
    expect(await response.clone().json()).toHaveProperty('reauthorization_uri', expect.stringMatching(/^https:\/\/app\.example\/connections\/[a-z2-7]{26}$/));
  }],
  ['connections-off', 'CWE-862', program(({ scene, key }) => exchange(scene.stranger().at({ ...scene.visitor.env, CONNECTIONS: 'off' }), key)), refusedProgram(404, 'not_found')],
  ['connection-of-somebody-else', 'CWE-639', program(async ({ scene, id }) => {
    const thief = scene.stranger();
    scene.op.sub = crypto.randomUUID();
    await scene.signIn('/login', thief);
    return thief.getJson(`/connections/${id}`);
  }), refusedProgram(404, 'not_found', { tokenRequests: 3 })],
  ['connection-ended-by-another-site', 'CWE-352', program(({ scene, id }) => scene.visitor.send('POST', `/connections/${id}/end`, { headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', accept: 'application/json' } })), refusedProgram(403, 'forbidden')],
  ['link-for-somebody-else', 'CWE-441', program(({ scene }) => scene.visitor.getJson('/connections/new?provider=op&iss=https%3A%2F%2Fop.example&sub=somebody')), refusedProgram(403, 'forbidden')],
  ['connections-for-operators-alone', 'CWE-862', program(({ scene }) => scene.visitor.at({ ...scene.visitor.env, CONNECTIONS: 'operators' }).getJson('/connections')), refusedProgram(404, 'not_found')],
  ['reconnected-with-another-account', 'CWE-639', program(async ({ scene, id }) => {
    const own = { origin: 'https://app.example', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    const started = await scene.visitor.send('POST', `/connections/${id}/reconnect`, { headers: own });
    scene.op.sub = crypto.randomUUID();
    return scene.visitor.getJson(scene.op.callback(locationOf(started)));
  }), refusedProgram(403, 'forbidden', { tokenRequests: 3 })],
  ['consent-without-a-refresh-token', 'RFC 6749 §1.5', program(async ({ scene }) => {
    scene.op.tokenResponse = ({ refresh_token: _, ...right }) => right;
    const own = { origin: 'https://app.example', 'sec-fetch-site': 'same-origin' };
    const body = new URLSearchParams({ provider: 'op', label: 'x' });
    const started = await scene.visitor.send('POST', '/connections', { headers: own, body });
    expect(locationOf(started).searchParams.get('prompt')).toBe('consent');
    return scene.visitor.getJson(scene.op.callback(locationOf(started)));
  }), refusedProgram(400, 'no_offline_access', { tokenRequests: 3 })],
  ['sign-out-at-a-provider-that-revokes-by-grant', 'RFC 7009 §2.1', program(async (asked) => {
    await asked.scene.visitor.post('/logout');
    expect(asked.scene.op.paths).not.toContain('/revoke');
    return bind(asked);
  }, { entry: { revocation: 'grant' } }), servedProgram({ session: false })],
];
