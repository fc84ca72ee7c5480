import { describe, expect, inject, it } from 'vitest';
import { clientMetadata, redirectUrisOf, type Wanted } from '../../scripts/register/client-metadata.ts';
import { readMetadata, register, remove, update } from '../../scripts/register/registration.ts';
import { differences, entryOf, report } from '../../scripts/register/settings-text.ts';
import { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { ProviderUser } from '../fakes/sign-in-page.ts';
import { startLogin } from '../flows/journey.ts';
import { ORIGIN, settings } from '../support/settings.ts';
import { Visitor } from '../support/visitor.ts';

const WANTED: Wanted = {
  id: 'acme',
  origins: [ORIGIN],
  basePath: '',
  isDefault: false,
  authMethod: 'client_secret_basic',
  scope: 'openid profile email offline_access',
  name: 'Drawbridge',
  fapi2: false,
  applicationType: 'web',
  backchannelLogout: true,
  keysBy: 'value',
  publicKey: undefined,
};

function publicHalf(): NonNullable<Wanted['publicKey']> {
  const { d: _, ...publicKey } = inject('privateKeys').ES256 ?? {};
  return publicKey;
}

/** Keys by value, which the provider needs where it can't reach this Worker. */
const SIGNING: Wanted = {
  ...WANTED,
  authMethod: 'private_key_jwt',
  origins: ['http://localhost:8787'],
  applicationType: 'native',
};

describe('npm run register', () => {
  it.each<[string, Wanted]>([
    ['client_secret_basic', WANTED],
    ['client_secret_post', { ...WANTED, authMethod: 'client_secret_post' }],
    ['none', { ...WANTED, authMethod: 'none' }],
    ['private_key_jwt', SIGNING],
    ['client_secret_basic, as the default provider', { ...WANTED, isDefault: true }],
    [
      'client_secret_basic, on loopback',
      { ...WANTED, origins: ['http://localhost:8787'], applicationType: 'native' },
    ],
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
    const visitor = new Visitor(env, wanted.origins[0]);
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

  it('takes the address of the metadata for the issuer, as the settings do', async () => {
    const issuer = inject('issuer');
    const server = await readMetadata(`${issuer}/.well-known/openid-configuration`);
    expect(server).toEqual(await readMetadata(issuer));
  });

  it('changes a registration, and takes it back (RFC 7592)', async () => {
    const server = await readMetadata(inject('issuer'));
    const first = await register(server, WANTED, undefined);
    const uri = String(first.registration_client_uri);
    const moved = { ...WANTED, origins: ['https://new.example'] as const, scope: undefined, name: undefined };
    const second = await update(server, moved, uri, String(first.registration_access_token));
    expect(second).toMatchObject({
      client_id: first.client_id,
      client_name: 'Drawbridge',
      redirect_uris: ['https://new.example/callback/acme', 'https://new.example/callback'],
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

describe('what is registered', () => {
  it.each([
    ['pasted as the only provider', {}, '/login'],
    ['pasted beside the default provider', { DEFAULT_PROVIDER: 'other' }, '/login/acme'],
  ])('is what is sent with the printed entry, %s', async (_, own, path) => {
    const op = await ScriptedProvider.start();
    op.metadata = (right) => ({ ...right, registration_endpoint: `${op.issuer}/register` });
    const asked = clientMetadata(WANTED, { issuer: op.issuer });
    op.answers['/register'] = () => Response.json({ ...asked, client_id: 'c', client_secret: 's' });
    const server = await readMetadata(op.issuer);
    const client = await register(server, WANTED, undefined);
    const other = { issuer: 'https://other.example', client_id: 'x', token_endpoint_auth_method: 'none' };
    const PROVIDERS = { acme: entryOf(server.issuer, WANTED, client), other };
    const visitor = new Visitor(settings({ PROVIDERS, ACME_CLIENT_SECRET: 's', ...own }));
    const sent = (await startLogin(visitor, path)).searchParams.get('redirect_uri');
    expect(client.redirect_uris).toContain(sent);
  });

  const server = (members: object = {}) => ({ issuer: 'https://op.example', ...members });
  const loopback: Wanted = { ...WANTED, origins: ['http://localhost:8787'], applicationType: 'native' };

  it('has what the provider has a use for, and can reach', () => {
    const sends = server({ backchannel_logout_supported: true });
    expect(clientMetadata(WANTED, server())).not.toHaveProperty('backchannel_logout_uri');
    expect(clientMetadata(WANTED, server())).not.toHaveProperty('jwks_uri');
    expect(clientMetadata(WANTED, sends)).toMatchObject({
      application_type: 'web',
      backchannel_logout_uri: 'https://app.example/backchannel-logout/acme',
    });
    expect(clientMetadata({ ...WANTED, backchannelLogout: false }, sends)).not.toHaveProperty(
      'backchannel_logout_uri',
    );
    expect(clientMetadata(loopback, sends)).not.toHaveProperty('backchannel_logout_uri');
    expect(clientMetadata(loopback, sends)).toMatchObject({ application_type: 'native' });
    const signing: Wanted = { ...WANTED, publicKey: publicHalf(), keysBy: 'uri' };
    expect(clientMetadata(signing, server())).toMatchObject({ jwks_uri: 'https://app.example/jwks' });
    expect(clientMetadata({ ...signing, keysBy: 'value' }, server())).toHaveProperty('jwks');
  });

  it('has every address, below the base path', () => {
    const both: Wanted = {
      ...WANTED,
      origins: ['https://app.example', 'http://localhost:8787'],
      basePath: '/auth',
    };
    expect(redirectUrisOf(both)).toEqual([
      'https://app.example/auth/callback/acme',
      'https://app.example/auth/callback',
      'http://localhost:8787/auth/callback/acme',
      'http://localhost:8787/auth/callback',
    ]);
  });

  it('is pinned in the entry where the provider registered only one of the redirect URIs', () => {
    const client = { client_id: 'c', redirect_uris: ['https://app.example/callback/acme'] };
    expect(entryOf('https://op.example', WANTED, client)).toMatchObject({
      redirect_uri: 'https://app.example/callback/acme',
    });
    expect(differences(WANTED, { ...client, client_secret: 's' })).toEqual([
      'It did not register https://app.example/callback.',
    ]);
    expect(entryOf('https://op.example', WANTED, { client_id: 'c' })).not.toHaveProperty('redirect_uri');
  });
});

it('puts into the entry what the provider requires of the client (RFC 9126 §6, RFC 9449 §5.2)', async () => {
  const required = { require_pushed_authorization_requests: true, dpop_bound_access_tokens: true };
  const client = { client_id: 'c', client_secret: 's', ...required };
  expect(entryOf('https://op.example', WANTED, client)).toMatchObject(required);
  const text = report('https://op.example', WANTED, client, undefined);
  expect(text).toMatch(/^require_pushed_authorization_requests = true\ndpop_bound_access_tokens = true$/m);
  const free = { client_id: 'c', require_pushed_authorization_requests: false };
  expect(entryOf('https://op.example', WANTED, free)).not.toHaveProperty(
    'require_pushed_authorization_requests',
  );
});

describe('an answer to a registration', () => {
  async function answered(body: unknown, status: number) {
    const op = await ScriptedProvider.start();
    op.metadata = (right) => ({ ...right, registration_endpoint: `${op.issuer}/register` });
    op.answers['/register'] = () => Response.json(body, { status });
    const server = await readMetadata(op.issuer);
    return report(server.issuer, WANTED, await register(server, WANTED, undefined), undefined);
  }

  it.each([
    ['200', { client_id: 'c', client_secret: 'shown-once', client_secret_expires_at: 0 }, 200],
    ['201 without client_secret_expires_at', { client_id: 'c', client_secret: 'shown-once' }, 201],
    [
      '202 with members of no known type',
      { client_id: 'c', client_secret: 'shown-once', client_secret_expires_at: 'never', redirect_uris: 'x' },
      202,
    ],
    [
      '201 with an end that is no date',
      { client_id: 'c', client_secret: 'shown-once', client_secret_expires_at: 1e300 },
      201,
    ],
  ])('%s is printed, secret and all', async (_, body, status) => {
    const text = await answered(body, status);
    expect(text).toContain('client_id = "c"');
    expect(text).toContain('shown-once');
  });

  it('says how to get a new secret before the old one ends, as far as the provider lets us (RFC 7592)', async () => {
    const ends = { client_id: 'c', client_secret: 's', client_secret_expires_at: 1_900_000_000 };
    expect(await answered(ends, 201)).toMatch(/expires on 2030.*provider’s console, or register again/);
    const managed = { registration_client_uri: 'https://op.example/c', registration_access_token: 't' };
    expect(await answered({ ...ends, ...managed }, 201)).toMatch(/expires on 2030.*with --update/);
  });

  it.each([[{}], [{ client_id: 7 }], [[]], ['c']])('2xx with %j is no registration', async (body) => {
    await expect(answered(body, 201)).rejects.toThrow(/without a `client_id`/);
  });

  it('puts nothing of a provider into a command that a shell would run, or a terminal obey', async () => {
    const text = await answered(
      {
        client_id: 'c\u001b[2J"\nEVIL = "x',
        client_secret: 's\u009b31m\u202e',
        registration_client_uri: `https://op.example/c?x=1;touch\${IFS}/tmp/x'$(id)`,
        registration_access_token: 't\r\nrm -rf',
        token_endpoint_auth_method: 'client_secret_basic\u0007',
      },
      201,
    );
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    expect(text).not.toMatch(/^EVIL/m);
    expect(text).toContain(`--update 'https://op.example/c?x=1;touch\${IFS}/tmp/x'\\''$(id)' --id acme`);
    expect(text).toContain('client_id = "c\\u001b[2J\\"\\nEVIL');
  });

  it('names no management URL that the token would go to in the clear', async () => {
    const text = await answered(
      { client_id: 'c', registration_client_uri: 'http://op.example/c', registration_access_token: 't' },
      201,
    );
    expect(text).toContain('is not an https URL');
    expect(text).not.toContain('--update');
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
      /invalid_client_metadata: no\\u001b\[31m scope/,
    ],
  ])('%s', async (_, arrange, told) => {
    expect(await refusal(arrange)).toMatch(told);
  });
});
