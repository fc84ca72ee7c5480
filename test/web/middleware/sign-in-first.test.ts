import { describe, expect, it } from 'vitest';
import { programStage } from '../../connections/stage.ts';
import { errorOf, locationOf } from '../../support/visitor.ts';

describe('a page for users who are signed in', () => {
  it.each(['/device', '/connections', '/connections/new?label=nas'])(
    '%s leads to the login page, and back from there',
    async (path) => {
      const { op, visitor } = await programStage();
      const sent = await visitor.get(path);
      expect(sent.status).toBe(303);
      const page = locationOf(sent);
      expect([page.pathname, page.searchParams.get('return_to')]).toEqual(['/', path]);
      const started = await visitor.get(`/login?${page.searchParams}`);
      const returned = await visitor.get(op.callback(locationOf(started)));
      expect(returned.headers.get('location')).toBe(path);
      expect((await visitor.get(path)).status).toBe(200);
    },
  );

  it('is an error for a program', async () => {
    const { visitor } = await programStage();
    expect(await errorOf(await visitor.getJson('/connections'))).toBe('not_signed_in');
  });

  it('is not there while connections are off', async () => {
    const { visitor } = await programStage({}, { CONNECTIONS: 'off' });
    expect((await visitor.get('/device')).status).toBe(404);
  });
});
