import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** Issues a job's JWT, as a CI system does: `GET /token?audience=…` with the job's own credential. */
const PORT = Number(process.env.SERVER_PORT ?? 8790);
const ISSUER = `http://localhost:${PORT}`;
const JOB_CREDENTIAL = 'of-this-job';

const { privateKey, publicKey } = await generateKeyPair('RS256');
const jwk = { ...(await exportJWK(publicKey)), alg: 'RS256', use: 'sig', kid: 'ci' };

const server = createServer(async (request, response) => {
  const url = new URL(request.url, ISSUER);
  const send = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  if (url.pathname === '/.well-known/openid-configuration') {
    return send(200, { issuer: ISSUER, jwks_uri: `${ISSUER}/jwks` });
  }
  if (url.pathname === '/jwks') return send(200, { keys: [jwk] });
  if (url.pathname !== '/token' || request.headers.authorization !== `Bearer ${JOB_CREDENTIAL}`) {
    return send(401, { error: 'not a job' });
  }
  const value = await new SignJWT({ repository: 'acme/app' })
    .setProtectedHeader({ alg: 'RS256', kid: 'ci' })
    .setIssuer(ISSUER)
    .setSubject('repo:acme/app:ref:refs/heads/main')
    .setAudience(url.searchParams.get('audience') ?? '')
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(privateKey);
  return send(200, { value });
});

server.listen(PORT, 'localhost', () => console.log(`  CI system  ${ISSUER}`));
