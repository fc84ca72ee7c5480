import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { newUser, ORIGIN, signIn, useBrowser } from './browser.ts';

useBrowser();

/** Sends a request byte for byte and returns the answer's status and body. */
function sendRaw(target: string, lines: readonly string[]): Promise<{ status: number; text: string }> {
  const { host, hostname, port } = new URL(ORIGIN);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname);
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject).on('close', () => {
      resolve({ status: Number(text.split(' ')[1]), text });
    });
    const head = [`GET ${target} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...lines];
    socket.write(Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'));
  });
}

describe('the sample API behind a token', () => {
  it('is reached by a page with nothing but its session, and shown with and without the token', async () => {
    const page = await newUser();
    await signIn(page);
    const list = await page.evaluate(async () => {
      const response = await fetch('/api/employees');
      return { status: response.status, body: (await response.json()) as unknown };
    });
    expect(list).toMatchObject({
      status: 200,
      body: [{ name: 'Ashley' }, { name: 'Kate' }, { name: 'Joe' }],
    });
    await page.getByLabel('URL or path').fill('/api/employees');
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    const call = page.locator('section[aria-labelledby=call]');
    await call.getByText('What your page sends').waitFor();
    await call.getByText('The same without the token').waitFor();
    expect(await call.textContent()).toMatch(/authorization: Bearer •••[\s\S]*200[\s\S]*Kate[\s\S]*401/);
  });

  it('is not reached by any other reading of its path, header or address', async () => {
    const page = await newUser();
    await signIn(page);
    const cookies = await page.context().cookies(ORIGIN);
    const cookie = `Cookie: ${cookies.map(({ name, value }) => `${name}=${value}`).join('; ')}`;
    expect((await sendRaw('/api/employees', [cookie])).status).toBe(200);
    const withBody = await sendRaw('/api/employees', [cookie, 'Content-Length: 3', '', 'a=1']);
    expect([withBody.status, withBody.text.includes('Kate')]).toEqual([400, false]);
    const targets = [
      '/api//employees',
      '/api/..%2fapi/employees',
      '/api/%2e%2e%2femployees',
      '/api/x/..;/employees',
      '/api/employees%00',
      '/api/employees%5c',
      '/api/%252e%252e/employees',
      '/%61pi/employees',
      '/apix/employees',
      '//api/employees',
      '/api/../api/../x/api/employees',
      '/x/..%5capi/employees',
    ];
    for (const target of targets) {
      const { status, text } = await sendRaw(target, [cookie]);
      expect([target, status >= 400 && status < 500, text.includes('Kate')]).toEqual([target, true, false]);
    }
    for (const header of ['X-Evil: a\0b', 'X-Evil: a\rb', 'X-Evil : a', ' folded: x']) {
      const { text } = await sendRaw('/api/employees', [cookie, header]);
      expect([header, text.includes('a\0b') || text.includes('a\rb')]).toEqual([header, false]);
    }
  });
});
