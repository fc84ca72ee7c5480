import { type DrawbridgeEnv, drawbridge, requireSession } from 'drawbridge/client';
import { Hono } from 'hono';
import { html } from 'hono/html';

const app = new Hono<DrawbridgeEnv & { Bindings: Env }>();

// The app owns the hostname and passes Drawbridge its own routes.
app.all('/auth/*', (c) => c.env.AUTH.fetch(c.req.raw));
app.use(drawbridge({ binding: 'AUTH' }));

app.get('/', async (c) => {
  const { session } = c.var;
  return c.html(html`<!doctype html>
    <title>Shop</title>
    <h1>Hello, ${session?.sub ?? 'stranger'}</h1>
    ${
      session
        ? html`<p><a href="/orders">Your orders</a></p>
            <form method="post" action="/auth/logout"><button>Sign out</button></form>`
        : html`<p><a href="${await c.var.loginUrl({ return_to: '/' })}">Sign in</a></p>`
    }`);
});

app.get('/orders', requireSession(), (c) =>
  c.html(html`<!doctype html>
    <title>Your orders</title>
    <h1>The orders of ${c.var.session.sub}</h1>`),
);

export default app;
