import { createDrawbridge, type DrawbridgeEnv, drawbridge, requireSession } from 'drawbridge';
import { Hono } from 'hono';
import { html } from 'hono/html';

export { SessionKeeper } from 'drawbridge';

/** What the provider says about a user. */
interface Claims {
  readonly name?: string;
  readonly email?: string;
}

const app = new Hono<DrawbridgeEnv<Claims>>();

// Before `drawbridge()`, since Drawbridge's own routes look up the session themselves.
app.route('/auth', createDrawbridge());
app.use(drawbridge<Claims>());

app.get('/', async (c) => {
  const { session } = c.var;
  return c.html(html`<!doctype html>
    <title>Notes</title>
    <h1>Hello, ${session?.claims.name ?? 'stranger'}</h1>
    ${
      session
        ? html`<p><a href="/notes">Your notes</a></p>
            <form method="post" action="/auth/logout"><button>Sign out</button></form>`
        : html`<p><a href="${await c.var.loginUrl({ return_to: '/' })}">Sign in</a></p>`
    }`);
});

app.get('/notes', requireSession(), (c) =>
  c.html(html`<!doctype html>
    <title>Your notes</title>
    <h1>The notes of ${c.var.session.sub}</h1>`),
);

// Only for users who have signed in within the last five minutes.
app.get('/settings', requireSession({ max_age: 300 }), (c) => c.text('Change your password here.'));

export default app;
