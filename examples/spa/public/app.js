/** The app's script. It sees no token; the session cookie is enough, and scripts can't read that either. */

/** Gets JSON. If the user has to sign in, goes there and comes back to this page. */
async function get(path) {
  const response = await fetch(path, { headers: { accept: 'application/json' } });
  const body = await response.json();
  if (!response.ok && body.login_url) {
    const login = new URL(body.login_url);
    login.searchParams.set('return_to', location.pathname);
    location.assign(login);
  }
  if (!response.ok) throw new Error(body.error_description ?? response.statusText);
  return body;
}

try {
  const { claims } = await get('/auth/session');
  document.querySelector('#user').textContent = `Signed in as ${claims.name}`;
  for (const { name } of await get('/api/employees')) {
    const item = document.createElement('li');
    item.textContent = name;
    document.querySelector('#staff').append(item);
  }
} catch (error) {
  document.querySelector('#user').textContent = error.message;
}
