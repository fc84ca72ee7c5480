/** What the pages can do better with a script: copy, count down, keep the shown request true while typing. */

const announcer = document.querySelector('#announcer');

/** @param {string} text Said by screen readers. */
function announce(text) {
  if (announcer) announcer.textContent = text;
}

for (const button of document.querySelectorAll('button[data-copy]')) {
  button.hidden = false;
  const label = button.firstChild;
  const before = label.textContent;
  button.addEventListener('click', async () => {
    const target = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(target.textContent.trim());
      label.textContent = 'Copied';
      announce(`Copied ${button.dataset.what}`);
    } catch {
      label.textContent = 'Not copied';
      announce('The browser did not allow copying');
    }
    setTimeout(() => {
      label.textContent = before;
    }, 2000);
  });
}

/** @param {number} seconds */
function duration(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  return parts.map((part, index) => (index === 0 ? part : String(part).padStart(2, '0'))).join(':');
}

const countdowns = document.querySelectorAll('[data-expires]');
function tick() {
  for (const place of countdowns) {
    const left = Number(place.dataset.expires) - Date.now() / 1000;
    place.textContent = left > 0 ? `(${duration(left)} left)` : '(over)';
  }
}
if (countdowns.length > 0) {
  tick();
  setInterval(tick, 1000);
}

const form = document.querySelector('[data-request-form]');
const shown = document.querySelector('[data-request]');
if (form && shown) form.addEventListener('input', () => showRequest());

/** Shows the request that the form would send now. */
function showRequest() {
  const [endpoint, query] = shown.dataset.request.split(/\?(.*)/s);
  const sent = new URLSearchParams(query);
  const fixed = new Set([...form.querySelectorAll('[data-fixed]')].map((row) => row.dataset.fixed));
  const request = new URLSearchParams();
  for (const [name, value] of sent) if (fixed.has(name)) request.append(name, value);
  for (const field of form.querySelectorAll('[data-param]')) addField(request, field, fixed);
  shown.textContent = `${endpoint}?${request}`.replace('?', '\n  ?').replaceAll('&', '\n  &');
}

/**
 * @param {URLSearchParams} request
 * @param {HTMLInputElement} field
 * @param {Set<string>} fixed Parameters that can't be changed.
 */
function addField(request, field, fixed) {
  if (field.dataset.param !== 'authorization_params') {
    if (field.value !== '') request.set(field.dataset.param, field.value.trim());
    return;
  }
  for (const line of field.value.split('\n')) {
    const [name, value] = line.split(/=(.*)/s);
    if (value && name.trim() && !fixed.has(name.trim())) request.set(name.trim(), value.trim());
  }
}
