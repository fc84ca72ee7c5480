import type { Anomaly } from './anomalies/anomaly.ts';
import { AUTHORIZATION } from './anomalies/authorization.ts';
import { ID_TOKEN } from './anomalies/id-token.ts';
import { METADATA } from './anomalies/metadata.ts';
import { TOKEN_ENDPOINT } from './anomalies/token-endpoint.ts';
import { USERINFO } from './anomalies/userinfo.ts';
import type { ScriptedProvider } from './scripted-provider.ts';

const ANOMALIES = { ...AUTHORIZATION, ...TOKEN_ENDPOINT, ...ID_TOKEN, ...METADATA, ...USERINFO };

/** What a provider can do wrong, by name. */
export type AnomalyName = keyof typeof ANOMALIES;

/**
 * Makes a provider do what the names say, together, from its next request on. Returns what makes it behave again,
 * so that an anomaly can be had for one request alone.
 */
export async function misbehave(op: ScriptedProvider, names: readonly AnomalyName[]): Promise<() => void> {
  const { authorizationResponse, metadata, keys, idTokenClaims, idTokenHeader, idToken } = op;
  const { tokenResponse, userinfoResponse, signing } = op;
  const hooks = { authorizationResponse, metadata, keys, idTokenClaims, idTokenHeader, idToken };
  const before = { ...hooks, tokenResponse, userinfoResponse, signing };
  const answers = { ...op.answers };
  for (const name of names) await (ANOMALIES[name] as Anomaly)(op);
  return () => {
    Object.assign(op, before);
    for (const path of Object.keys(op.answers)) op.answers[path] = answers[path];
  };
}
