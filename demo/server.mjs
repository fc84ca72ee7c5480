import { startProvider } from './provider.mjs';

const DEMO_PORT = Number(process.env.DEMO_PORT ?? 9000);
const ORIGIN = process.env.DEMO_CLIENT_ORIGIN ?? 'http://localhost:8787';
// Where Drawbridge is on that origin: its `BASE_PATH`.
const BASE_PATH = process.env.DEMO_BASE_PATH ?? '';
const { DEMO_CLIENT_SECRET } = process.env;

if (!DEMO_CLIENT_SECRET) {
  console.error('Set DEMO_CLIENT_SECRET to the secret in .dev.vars; `npm run dev` does it for you.');
  process.exit(1);
}

const origins = [ORIGIN, ORIGIN.replace('//localhost:', '//127.0.0.1:')];

const { issuer } = await startProvider({
  port: DEMO_PORT,
  clients: [
    {
      client_id: 'drawbridge-demo',
      client_name: 'Drawbridge',
      client_secret: DEMO_CLIENT_SECRET,
      redirect_uris: origins.flatMap((origin) => [
        `${origin}${BASE_PATH}/callback`,
        `${origin}${BASE_PATH}/callback/demo`,
      ]),
      post_logout_redirect_uris: origins.map((origin) => `${origin}${BASE_PATH}/`),
      backchannel_logout_uri: `${ORIGIN}${BASE_PATH}/backchannel-logout/demo`,
      backchannel_logout_session_required: true,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    },
  ],
});

console.log(`Demo provider ${issuer}`);
