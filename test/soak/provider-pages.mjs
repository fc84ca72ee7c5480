import { Visitor } from '../../bench/client.mjs';

/** The user at the demo provider's pages: signs in, allows everything. Returns the URL that leads back. */
export async function authorize(authorizationUrl) {
  const { origin } = authorizationUrl;
  const browser = new Visitor(origin);
  const page = { accept: 'text/html' };
  let next = authorizationUrl;
  for (let hop = 0; hop < 12 && next.origin === origin; hop++) {
    let answer = await browser.send(next.pathname + next.search, { headers: page });
    if (answer.status === 200) {
      const [, action] = /action="(\/interaction\/[^"]+\/(?:login|confirm))"/.exec(answer.body) ?? [];
      const headers = { ...page, 'content-type': 'application/x-www-form-urlencoded' };
      answer = await browser.send(action, { method: 'POST', headers, body: 'name=Ada' });
    }
    next = new URL(answer.headers.location, next);
  }
  return next;
}
