import { exportJWK, generateKeyPair } from 'jose';
import { describe, expect, it } from 'vitest';
import document from '../../docs/conformance.md?raw';
import { requireAssertions } from '../fakes/client-assertions.ts';
import { bindTokens } from '../fakes/dpop-proofs.ts';
import type { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { stage } from '../flows/journey.ts';
import { errorOf, locationOf, type Visitor } from '../support/visitor.ts';
import { type Module, type Plan, rowOf } from './module.ts';
import { PLANS } from './plans.ts';

const clientKey = generateKeyPair('ES256', { extractable: true });

/** A provider of the plan's kind, and a browser in front of a Worker that has it. */
async function stageOf({ entry }: Plan) {
  if (entry.profile !== 'fapi2') return stage(entry);
  const { privateKey, publicKey } = await clientKey;
  const { op, visitor } = await stage(entry, {
    OP_PRIVATE_KEY: JSON.stringify(await exportJWK(privateKey)),
    OP_CLIENT_SECRET: undefined,
  });
  requireAssertions(op, await exportJWK(publicKey));
  bindTokens(op, { nonces: true });
  return { op, visitor };
}

/** Brings the provider's answer to the Worker, by the way that the request asked for. */
function bring(visitor: Visitor, redirectUri: string, answer: URLSearchParams, mode: string | null) {
  const { pathname } = new URL(redirectUri);
  if (mode !== 'form_post') return visitor.getJson(`${pathname}?${answer}`);
  const headers = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
    'sec-fetch-site': 'cross-site',
  };
  return visitor.send('POST', pathname, { headers, body: answer.toString() });
}

/** A whole login, or as far as it gets. */
async function signIn(plan: Plan, op: ScriptedProvider, visitor: Visitor, answer?: Module['answer']) {
  const started = await visitor.getJson(plan.start?.(op) ?? '/login');
  const sentTo = locationOf(started);
  if (started.status !== 302) return { op, visitor, sentTo, response: started };
  const right = op.authorize(sentTo);
  const changed = (await answer?.(right, op)) ?? right;
  const asked = op.requested(sentTo);
  const redirectUri = asked.get('redirect_uri') ?? '';
  const response = await bring(visitor, redirectUri, changed, asked.get('response_mode'));
  return { op, visitor, sentTo, response };
}

describe.each(PLANS)('$title', (plan) => {
  it.each(plan.modules)('$name', async (module) => {
    const { op, visitor } = await stageOf(plan);
    if (module.warm) expect((await signIn(plan, op, visitor)).response.status).toBe(303);
    op.requests.length = 0;
    visitor.cookies.clear();
    await module.arrange?.(op);
    const ended = await signIn(plan, op, visitor, module.answer);
    const session = await visitor.getJson('/session');
    if (module.refused === undefined) {
      expect(ended.response.status, await ended.response.clone().text()).toBe(303);
      expect(await session.json()).toMatchObject({ provider: 'op', sub: 'user-1' });
    } else {
      expect(await errorOf(ended.response)).toBe(module.refused);
      expect(session.status).toBe(401);
    }
    await module.check?.(ended);
    expect(op.unexpected).toEqual([]);
  });
});

it('docs/conformance.md tells what these tests found', () => {
  const lines = document.split('\n').map((line) => line.replace(/ +/g, ' '));
  const rows = lines.filter((line) => /^\| `/.test(line));
  expect(rows).toEqual(PLANS.flatMap(({ modules }) => modules.map(rowOf)));
  const headings = lines.filter((line) => line.startsWith('## '));
  expect(headings).toEqual(PLANS.map(({ title }) => `## ${title}`));
});
