import { askAs, PAGE, signIn } from './visits.mjs';

/** What became of a login that was killed. Throws what must not be. */
export async function loginAfterKill({ browser, code, path, provider, at, answer }) {
  if (answer?.status === 303) {
    await mustLive(browser, provider);
    return 'the session lives';
  }
  mustBe(!answer, `the browser got ${answer?.status}`);
  // What a user does: the page that did not come is asked for again.
  const reload = await browser.send(path, { headers: PAGE });
  if (reload.status === 303) {
    mustBe(at === 'not sent', 'a code was taken twice');
    await mustLive(browser, provider);
    return 'no token was given; a reload signs in';
  }
  const { error } = JSON.parse((await askAs(browser, browser.origin, '/session')).body);
  mustBe(reload.status === 502 && error === 'not_signed_in', `a reload: ${reload.status}, then ${error}`);
  mustBe(provider.familyOfCode(code)?.ended, 'the lost grant lives on');
  await signIn(browser.origin, browser);
  await mustLive(browser, provider);
  return 'the token is lost; a reload is refused and has the provider end the grant; a new login works';
}

/** What became of a session whose refresh was killed. Throws what must not be. */
export async function refreshAfterKill({ browser, grace, provider, at, answer }) {
  const ask = (path, method) => askAs(browser, browser.origin, path, method);
  const session = await ask('/session');
  mustBe(session.status === 200, `the session: ${session.status}`);
  const { access_token } = JSON.parse((await ask('/token')).body);
  const refresh = await ask('/session/refresh', 'POST');
  if (refresh.status === 200) {
    await mustLive(browser, provider);
    return 'the session lives';
  }
  const { error } = JSON.parse(refresh.body);
  mustBe(refresh.status === 401 && error === 'login_required', `a refresh: ${refresh.status} ${error}`);
  mustBe(!grace && at !== 'not sent' && !answer, 'the grant has ended for no reason');
  mustBe(provider.familyOf(access_token).isStolen, 'the provider has not ended the grant');
  const before = provider.seen.tokenRequests;
  for (const [path, method] of [
    ['/session', 'GET'],
    ['/session/refresh', 'POST'],
    ['/token', 'GET'],
  ]) {
    const again = await ask(path, method);
    mustBe(again.status === 401, `${path} of a session that has ended: ${again.status}`);
  }
  mustBe(provider.seen.tokenRequests === before, 'an ended grant is asked for again');
  await signIn(browser.origin, browser);
  await mustLive(browser, provider);
  return 'the provider took the old refresh token for stolen: the session ends with its grant; a new login works';
}

/** The session is there, its token is good at the provider, and it can be refreshed more than once. */
async function mustLive(browser, provider) {
  const ask = (path, method) => askAs(browser, browser.origin, path, method);
  const session = await ask('/session');
  mustBe(session.status === 200, `the session: ${session.status}`);
  for (let round = 0; round < 2; round++) {
    const token = await ask('/token');
    mustBe(token.status === 200, `the token: ${token.status}`);
    const family = provider.familyOf(JSON.parse(token.body).access_token);
    mustBe(family && !family.ended, 'the provider does not know the token');
    const refresh = await ask('/session/refresh', 'POST');
    mustBe(refresh.status === 200, `a refresh: ${refresh.status} ${refresh.body}`);
  }
}

function mustBe(condition, otherwise) {
  if (!condition) throw new Error(otherwise);
}
