import { describe, expect, inject, it } from 'vitest';
import type { Wanted } from '../../scripts/register/client-metadata.ts';
import { readMetadata, register, remove, update } from '../../scripts/register/registration.ts';
import { differences, entryOf, report } from '../../scripts/register/settings-text.ts';
import { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { ProviderUser } from '../fakes/sign-in-page.ts';
import { startLogin } from '../flows/journey.ts';
import { ORIGIN, settings } from '../support/settings.ts';
import { Visitor } from '../support/visitor.ts';

const WANTED: Wanted = {
  id: 'acme',
  origin: ORIGIN,
  isDefault: false,
  authMethod: 'client_secret_basic',
  scope: 'openid profile email offline_access',
  name: 'Drawbridge',
  fapi2: false,
  publicKey: undefined,
};

function publicHalf(): NonNullable<Wanted['publicKey']> {
  const { d: _, ...publicKey } = inject('privateKeys').ES256 ?? {};
  return publicKey;
}

/** Keys by value, which the provider needs where it can't reach this Worker. */
const SIGNING: Wanted = { ...WANTED, authMethod: 'private_key_jwt', origin: 'http://localhost:8787' };

describe('npm run register', () => {
  it.each<[string, Wanted]>([
    ['client_secret_basic', WANTED],
    ['client_secret_post', { ...WANTED, authMethod: 'client_secret_post' }],
    ['none', { ...WANTED, authMethod: 'none' }],
    ['private_key_jwt', SIGNING],
    ['client_secret_basic, as the default provider', { ...WANTED, isDefault: true }],
  ])('%s: what it prints signs in at oidc-provider, with a refresh and a sign-out', async (_, own) => {
    const wanted = own.authMethod === 'private_key_jwt' ? { ...own, publicKey: publicHalf() } : own;
    const server = await readMetadata(inject('issuer'));
    const client = await register(server, wanted, undefined);
    expect(differences(wanted, client)).toEqual([]);
    const other = { issuer: 'https://other.example', client_id: 'x', token_endpoint_auth_method: 'none' };
    const env = settings({
      PROVIDERS: { acme: entryOf(server.issuer, wanted, client), other },
      DEFAULT_PROVIDER: wanted.isDefault ? 'acme' : 'other',
      ACME_CLIENT_SECRET: client.client_secret,
      ACME_PRIVATE_KEY: JSON.stringify(inject('privateKeys').ES256),
    });
    const visitor = new Visitor(env, wanted.origin);
    const back = await new ProviderUser().authorize(await startLogin(visitor, '/login/acme'));
    expect(back.pathname).toBe(wanted.isDefault ? '/callback' : '/callback/acme');
    expect((await visitor.get(back.pathname + back.search)).status).toBe(303);
    expect((await visitor.post('/session/refresh', { accept: 'application/json' })).status).toBe(200);
    const end = await fetch((await visitor.post('/logout')).headers.get('location') ?? '');
    expect(end.status, 'the provider knows where the browser goes after the sign-out').toBe(200);
  });

  it('with an initial access token, where the provider asks for one (RFC 7591 §3)', async () => {
    const server = await readMetadata(inject('strictIssuer'));
    const wanted = { ...SIGNING, fapi2: true, publicKey: publicHalf() };
    await expect(register(server, wanted, undefined)).rejects.toThrow(/INITIAL_ACCESS_TOKEN/);
    const client = await register(server, wanted, inject('clientSecret'));
    expect(entryOf(server.issuer, wanted, client)).toMatchObject({ profile: 'fapi2' });
  });

  it('changes a registration, and takes it back (RFC 7592)', async () => {
    const server = await readMetadata(inject('issuer'));
    const first = await register(server, WANTED, undefined);
    const uri = String(first.registration_client_uri);
    const moved = { ...WANTED, origin: 'https://new.example', scope: undefined, name: undefined };
    const second = await update(server, moved, uri, String(first.registration_access_token));
    expect(second).toMatchObject({
      client_id: first.client_id,
      client_name: 'Drawbridge',
      redirect_uris: ['https://new.example/callback/acme'],
    });
    const token = String(second.registration_access_token);
    await remove(uri, token);
    await expect(remove(uri, token)).rejects.toThrow(/REGISTRATION_ACCESS_TOKEN/);
  });

  it('prints the settings, where each secret goes, and how to change the registration later', async () => {
    const server = await readMetadata(inject('issuer'));
    const wanted = { ...WANTED, isDefault: true };
    const client = await register(server, wanted, undefined);
    const text = report(server.issuer, wanted, client, undefined);
    expect(text).toContain(`[vars.PROVIDERS.acme]\nissuer = "${server.issuer}"\n`);
    expect(text).toContain('DEFAULT_PROVIDER = "acme"');
    expect(text).toContain('npx wrangler secret put ACME_CLIENT_SECRET');
    expect(text.split(String(client.client_secret))).toHaveLength(2);
    expect(text).toContain(`--update ${client.registration_client_uri} --id acme`);
  });
});

describe('npm run register says what to do', () => {
  async function refusal(arrange: (op: ScriptedProvider) => void): Promise<string> {
    const op = await ScriptedProvider.start();
    op.metadata = (right) => ({ ...right, registration_endpoint: `${op.issuer}/register` });
    arrange(op);
    const registering = readMetadata(op.issuer).then((server) => register(server, WANTED, undefined));
    return registering.then(
      () => 'registered',
      (error: Error) => error.message,
    );
  }
  const refused = (body: object) => (op: ScriptedProvider) => {
    op.answers['/register'] = () => Response.json(body, { status: 400 });
  };

  it.each<[string, (op: ScriptedProvider) => void, RegExp]>([
    [
      'where clients can’t register themselves',
      (op) => {
        op.metadata = (right) => right;
      },
      /no `registration_endpoint`[\s\S]*https:\/\/app\.example\/callback\/acme/,
    ],
    [
      'where the metadata is another issuer’s',
      (op) => {
        op.metadata = (right) => ({ ...right, issuer: 'https://evil.example' });
      },
      /metadata of https:\/\/op\.example can’t be read/,
    ],
    [
      'where the registration would go over plain http',
      (op) => {
        op.metadata = (right) => ({ ...right, registration_endpoint: 'http://op.example/register' });
      },
      /not an https URL/,
    ],
    ['when the redirect URI is refused', refused({ error: 'invalid_redirect_uri' }), /--origin/],
    [
      'when something else is refused, in the provider’s words without control characters',
      refused({ error: 'invalid_client_metadata', error_description: 'no\u001b[31m scope' }),
      /invalid_client_metadata: no \[31m scope/,
    ],
  ])('%s', async (_, arrange, told) => {
    expect(await refusal(arrange)).toMatch(told);
  });
});
