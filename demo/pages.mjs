import { readFileSync } from 'node:fs';

/** Drawbridge's own stylesheet, so that the demo provider looks like part of it. */
export const STYLE = readFileSync(new URL('../src/web/assets/style.css', import.meta.url), 'utf8');

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapeHtml = (text) => String(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);

const SCOPES = {
  openid: 'know who you are',
  profile: 'see your name',
  email: 'see your email address',
  offline_access: 'keep access while you are away',
};

function page(title, content) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · Demo provider</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="data:,">
</head>
<body>
<main class="page narrow">
<div class="card">
<p class="eyebrow">Demo provider</p>
<h1>${escapeHtml(title)}</h1>
${content}
</div>
</main>
</body>
</html>`;
}

/** Any name signs in. */
export function signInPage({ action, client }) {
  return page(
    'Sign in',
    `<p>to continue to <strong>${escapeHtml(client)}</strong>. Use any name; there is no password.</p>
<form class="stack" method="post" action="${escapeHtml(action)}/login">
<label for="name">Your name</label>
<input id="name" name="name" autocomplete="name" maxlength="100" required autofocus>
<button class="button primary" type="submit">Sign in</button>
</form>
<form class="stack" method="post" action="${escapeHtml(action)}/abort">
<button class="button" type="submit">Cancel</button>
</form>`,
  );
}

/** What the application asks for, to be allowed or denied. */
export function consentPage({ action, client, name, scopes, resources }) {
  const wishes = [
    ...scopes.map((scope) => escapeHtml(SCOPES[scope] ?? scope)),
    ...resources.map((resource) => `use <code>${escapeHtml(resource)}</code> for you`),
  ];
  const list = wishes.map((wish) => `<li>${wish}</li>`).join('\n');
  return page(
    'Allow access?',
    `<p>You are <strong>${escapeHtml(name)}</strong>. <strong>${escapeHtml(client)}</strong> would like to:</p>
<ul class="plain wishes">
${list || '<li>continue as before</li>'}
</ul>
<form class="stack" method="post" action="${escapeHtml(action)}/confirm">
<button class="button primary" type="submit">Allow</button>
</form>
<form class="stack" method="post" action="${escapeHtml(action)}/abort">
<button class="button" type="submit">Deny</button>
</form>`,
  );
}

/** RP-initiated logout: asks; \`form\` is the provider's own, with the secrets that guard it. */
export function logoutPage(form) {
  return page(
    'Sign out here too?',
    `<p>You’re signed out of the application. Do you also want to end your session at this provider?</p>
${form}
<div class="stack">
<button class="button primary" type="submit" form="op.logoutForm" value="yes" name="logout">Sign out</button>
<button class="button" type="submit" form="op.logoutForm">Stay signed in</button>
</div>`,
  );
}

export function loggedOutPage() {
  return page('You’re signed out', '<p>You can close this page.</p>');
}

export function notFoundPage() {
  return page('Nothing here', '<p>There is no page at this address.</p>');
}

export function errorPage({ error, error_description: description }) {
  return page(
    'This request was refused',
    `<p>This provider can’t accept the request. Go back to the application and start again.</p>
<p><code>${escapeHtml(description === undefined ? error : `${error}: ${description}`)}</code></p>`,
  );
}
