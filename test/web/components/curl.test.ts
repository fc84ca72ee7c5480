import { describe, expect, it } from 'vitest';
import { curlOf } from '../../../src/web/components/curl.ts';

const request = (own: object) => ({ method: 'POST', url: 'https://op.example/token', headers: {}, ...own });

describe('a step as a curl command', () => {
  it('has a variable of the shell for each secret that was blanked', () => {
    const headers = { authorization: 'Basic •••', accept: 'application/json' };
    expect(curlOf(request({ headers, body: 'grant_type=authorization_code&code=•••&redirect_uri=x' }))).toBe(
      `curl -i -X 'POST' 'https://op.example/token' -u "$CLIENT_ID:$CLIENT_SECRET" -H 'accept: application/json' ` +
        `--data-raw 'grant_type=authorization_code&code='"$CODE"'&redirect_uri=x'`,
    );
  });

  it.each([
    [`https://op.example/a?x=$HOME;touch\${IFS}/tmp/x`, `'https://op.example/a?x=$HOME;touch\${IFS}/tmp/x'`],
    ['https://op.example/a?code=•••&x=$(id)`id`', `'https://op.example/a?code='"$CODE"'&x=$(id)\`id\`'`],
    ["https://op.example/a?x='; id; '", `'https://op.example/a?x='\\''; id; '\\'''`],
    ['https://op.example/a?PATH=•••', `'https://op.example/a?PATH=•••'`],
    ['https://op.example/a?x=\u001b[201~id', `'https://op.example/a?x=[201~id'`],
  ])('runs nothing that a provider wrote: %s', (url, quoted) => {
    expect(curlOf(request({ method: 'GET', url }))).toBe(`curl -i ${quoted}`);
  });
});
