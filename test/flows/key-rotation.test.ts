import { expect, it } from 'vitest';
import { signIn, stage } from './journey.ts';

it('keys are not asked for again and again because of a key id that nobody has', async () => {
  const { op, visitor } = await stage();
  await signIn(visitor, op);
  op.idTokenHeader = (right) => ({ ...right, kid: 'nobody-has-it' });
  for (let round = 0; round < 5; round++) await signIn(visitor, op);
  expect(op.paths.filter((path) => path === '/jwks').length).toBeLessThanOrEqual(2);
});
