import { expect, it } from 'vitest';
import { refreshRounds } from '../soak/rounds.mjs';

it('two instances, faults on every side and a kill: no session is lost, no rotated token is sent twice', async () => {
  const figures = await refreshRounds({ sessions: 8, rounds: 3, kills: 1, seed: Date.now() % 2 ** 31 });
  expect(figures).toMatchObject({ kills: 1, complaints: [], lost: 0, sentTwice: 0 });
  expect(figures.refreshes).toBeGreaterThan(8);
}, 60_000);
