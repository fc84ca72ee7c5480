import { expect, it } from 'vitest';
import { isYes } from '../../src/web/flag.ts';
import { Scene } from '../cases/scene.ts';
import { locationOf } from '../support/visitor.ts';

it.each<[string | undefined, boolean]>([
  ['1', true],
  ['true', true],
  ['yes', true],
  ['everywhere', true],
  ['0', false],
  ['False', false],
  ['no', false],
  ['off', false],
  ['', false],
  [undefined, false],
])('a flag with the value %j is %s', (value, expected) => {
  expect(isYes(value)).toBe(expected);
});

it('a provider is connected by `connect=true` too: the session is not replaced', async () => {
  const scene = await Scene.set({ onServer: true });
  await scene.signIn();
  const started = await scene.visitor.follow('/login/two?connect=true');
  await scene.visitor.get(scene.two.callback(locationOf(started)));
  const session = (await (await scene.visitor.getJson('/session')).json()) as {
    sub: string;
    grants: unknown[];
  };
  expect(session).toMatchObject({ sub: scene.op.sub, grants: [{ provider: 'op' }, { provider: 'two' }] });
});
