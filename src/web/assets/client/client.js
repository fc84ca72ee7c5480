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

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
for (const moment of document.querySelectorAll('time[data-moment]')) {
  moment.title = exact.format(new Date(moment.dateTime));
}

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' });
for (const moment of document.querySelectorAll('time[data-clock]')) {
  moment.textContent = `${clock.format(new Date(moment.dateTime))}.${moment.dateTime.slice(20, 23)}`;
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
    place.textContent = left > 0 ? `(${duration(left)} left)` : '(expired)';
  }
}
if (countdowns.length > 0) {
  tick();
  setInterval(tick, 1000);
}

for (const place of document.querySelectorAll('[data-vanish]')) {
  const note = place.querySelector('[data-vanish-note]');
  note.textContent = note.dataset.vanishNote;
  const vanish = () => {
    place.textContent = place.dataset.vanished;
    announce(place.dataset.vanished);
  };
  setTimeout(vanish, Number(place.dataset.vanish) * 1000);
  // The page may come back by the back button.
  addEventListener('pagehide', vanish);
}

const form = document.querySelector('[data-request-form]');
const shown = document.querySelector('[data-endpoint]');
if (form && shown) form.addEventListener('input', () => showRequest());

/** Shows the request that the form would send now: its rows are in the order of the parameters. */
function showRequest() {
  const url = new URL(shown.dataset.endpoint);
  const request = new URLSearchParams(url.search);
  for (const row of form.querySelectorAll('[data-fixed], [data-param]')) {
    if (row.dataset.fixed) request.append(row.dataset.fixed, row.textContent);
    else if (row.dataset.param === 'authorization_params') addLines(request, row.value);
    else if (row.value.trim() !== '') request.append(row.dataset.param, row.value.trim());
  }
  url.search = request;
  shown.textContent = url.href.replace('?', '\n  ?').replaceAll('&', '\n  &');
}

/**
 * @param {URLSearchParams} request
 * @param {string} lines One `name=value` a line; what has a row of its own is left out.
 */
function addLines(request, lines) {
  const reserved = form.dataset.reserved.split(' ');
  for (const line of lines.split('\n')) {
    const [name, value] = line.split(/=(.*)/s).map((part) => part.trim());
    if (name && value && !reserved.includes(name)) request.set(name, value);
  }
}
