import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { createDrawbridge } from '../../src/lib.ts';

describe('createDrawbridge', () => {
  it.each(['/:tenant/auth', '/auth/*'])('mounted at %s answers what is wrong, in any app', async (path) => {
    const app = new Hono();
    app.route(path, createDrawbridge());
    const response = await app.request(path.startsWith('/:') ? '/acme/auth/login' : '/auth/x/login');
    expect(response.status).toBe(503);
    expect(response.headers.get('drawbridge-error')).toBe('config_invalid');
    expect(await response.json()).toMatchObject({
      error: 'config_invalid',
      hint: expect.stringContaining('/auth'),
    });
  });
});
