import { jsx } from 'hono/jsx';
import { ErrorPage } from '../../src/web/errors/error-page.tsx';
import { SettingsPage } from '../../src/web/errors/settings-page.tsx';
import { inPlace } from '../../src/web/href.tsx';
import { AskBeforeReplacingPage } from '../../src/web/user/ask-before-replacing-page.tsx';
import { LoginPage } from '../../src/web/user/login-page.tsx';
import { LogoutPage } from '../../src/web/user/logout-page.tsx';
import { ReplaceAccountPage } from '../../src/web/user/replace-account-page.tsx';
import { SessionPage } from '../../src/web/user/session-page.tsx';

const UNBROKEN = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft';

/** What people and providers may be called. */
const NAMES = {
  'a long name': `${UNBROKEN} von und zu ${UNBROKEN}@example.com`,
  'a name from right to left': 'أحمد بن محمد العربي',
  'a name that looks like markup': '<b>Bo</b> \u202E<script>alert(1)</script>',
};

function pagesAbout(name) {
  const providers = Array.from({ length: 10 }, (_, index) => ({
    id: `p${index}`,
    displayName: name,
    href: '/',
  }));
  const account = { provider: 'p', displayName: name, connectedAt: 0 };
  return {
    'the login page': jsx(LoginPage, { providers, signedIn: { name } }),
    'the session': jsx(SessionPage, {
      name,
      email: `${name}@example.com`,
      provider: { displayName: name },
      accounts: [account, { ...account, signInAgain: '/' }],
      connect: providers.slice(1, 4),
      everywhere: true,
      programs: true,
    }),
    'the question about signing out': jsx(LogoutPage, { name }),
    'the question before a login replaces a session': jsx(AskBeforeReplacingPage, {
      name,
      provider: name,
      loginHref: '/',
      connected: true,
    }),
    'the question about another account': jsx(ReplaceAccountPage, {
      provider: name,
      account: name,
      pending: '',
    }),
    'an error': jsx(ErrorPage, {
      status: 409,
      error: 'account_mismatch',
      title: 'That’s a different account',
      description: `You’re signed in as ${name}.`,
      hint: `Sign in to ${name}.`,
      flow: '0123456789abcdef',
      admin: false,
      retryHref: '/',
      forOperator: { title: '', description: name, hint: name },
    }),
  };
}

const WRONG_SETTINGS = jsx(SettingsPage, {
  faults: [
    {
      setting: `PROVIDERS.${UNBROKEN}`,
      fault: 'is not a table with a `name`',
      hint: 'See docs/openid-provider.md.',
    },
    { setting: 'SESSION_SECRET', fault: 'is missing', hint: 'Create one with `openssl rand -base64 32`.' },
  ],
  flow: '0123456789abcdef',
});

const branded = (content) =>
  inPlace({ basePath: '', brand: { name: UNBROKEN, logo: 'data:image/svg+xml,' } }, content);

/** Pages as HTML, by what they are: those that no user of a test gets to. */
export async function renderedPages() {
  const named = Object.entries(NAMES).flatMap(([kind, name]) =>
    Object.entries(pagesAbout(name)).map(([page, content]) => [`${page}, with ${kind}`, branded(content)]),
  );
  const all = [['the settings that are wrong', WRONG_SETTINGS], ...named];
  return Promise.all(all.map(async ([what, content]) => [what, String(await content)]));
}
