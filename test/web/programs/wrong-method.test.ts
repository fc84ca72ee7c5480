import { describe, expect, it } from 'vitest';
import { programStage } from '../../connections/stage.ts';

describe('an address that programs reach by POST', () => {
  it.each([
    ['GET', '/token?grant_type=x'],
    ['PUT', '/token'],
    ['GET', '/revoke'],
    ['GET', '/device_authorization'],
  ])('says so to %s %s', async (method, path) => {
    const { visitor } = await programStage();
    const response = await visitor.send(method, path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: 'not_found',
      hint: expect.stringContaining('POST'),
    });
    const off = visitor.at({ ...visitor.env, CONNECTIONS: 'off' });
    expect(await (await off.send(method, path)).text()).not.toContain('POST');
  });

  it('takes 64 KiB, and says so', async () => {
    const { visitor } = await programStage();
    const body = new URLSearchParams({ subject_token: 'x'.repeat(70_000) });
    const response = await visitor.send('POST', '/token', { body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error_description: expect.stringContaining('64 KiB') });
  });
});
