import { describe, expect, it } from 'vitest';
import { stage } from '../flows/journey.ts';

const PIXEL = 'data:image/png;base64,iVBORw0KGgo=';

async function pageWith(env: Record<string, unknown>, path = '/') {
  const { visitor } = await stage({}, env);
  return { visitor, page: await (await visitor.get(path)).text() };
}

describe('the brand', () => {
  it('is the operator’s on pages for users, with name and logo', async () => {
    const { page } = await pageWith({ BRAND: { name: 'Acme <Ltd>', logo: '/logo.png' } });
    expect(page).toContain('<title>Sign in · Acme &lt;Ltd&gt;</title>');
    expect(page).toContain('<img class="brand-logo" src="/logo.png" alt=""/>');
    expect(page).not.toContain('Drawbridge');
  });

  it.each(['/', '/nothing', '/session', '/callback?state=x'])('is never ours on %s', async (path) => {
    expect((await pageWith({}, path)).page).not.toContain('Drawbridge');
  });

  it('is ours for developers (INSPECT)', async () => {
    const { page } = await pageWith({ INSPECT: true, BRAND: { name: 'Acme' } });
    expect(page).toContain('<title>Sign in · Drawbridge</title>');
  });

  it('may be JSON text, and its logo a data URI, which is served as a file', async () => {
    const { visitor, page } = await pageWith({ BRAND: JSON.stringify({ name: 'Acme', logo: PIXEL }) });
    expect(page).toContain('src="/assets/brand"');
    const logo = await visitor.get('/assets/brand');
    expect(logo.headers.get('content-type')).toBe('image/png');
    expect(logo.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await logo.arrayBuffer()).byteLength).toBe(8);
  });

  it('has no logo to serve without a data URI', async () => {
    const { visitor } = await pageWith({ BRAND: { name: 'Acme' } });
    expect((await visitor.get('/assets/brand')).status).toBe(404);
  });

  it.each([
    { logo: '/logo.png' },
    { name: '' },
    { name: 'Acme', logo: '//evil.example/x.png' },
    { name: 'Acme', logo: 'https://evil.example/x.png' },
    { name: 'Acme', logo: 'data:text/html,<script>' },
    { name: 'Acme', logo: 'data:image/png;base64,%%%' },
    { name: 'Acme', colour: 'red' },
    'Acme',
  ])('that is wrong is a settings error: %j', async (BRAND) => {
    const { visitor } = await stage({}, { BRAND });
    const response = await visitor.getJson('/');
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('BRAND');
  });
});
