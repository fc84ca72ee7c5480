import { expect, it } from 'vitest';
import { misbehave } from '../fakes/anomalies.ts';
import { signIn, stage, startLogin } from './journey.ts';

it('an error shows the provider’s own code if it is a registered one, a flow id, and a way on that keeps return_to', async () => {
  const { op, visitor } = await stage();
  const path = '/login?return_to=%2Freports';
  await misbehave(op, ['invalid_scope']);
  const body = await (await signIn(visitor, op, path)).json();
  expect(body).toEqual({
    error: 'provider_error',
    error_description: expect.stringContaining('scope'),
    hint: expect.stringContaining('`scope`'),
    provider_error: 'invalid_scope',
    flow: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  const page = await (await visitor.get(op.callback(await startLogin(visitor, path)))).text();
  expect(page).toContain('href="/login/op?return_to=%2Freports"');
});
