import { PEERS } from './peers.mjs';

/** The middle of a list, and the quartiles as its spread. */
export function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => {
    const place = share * (sorted.length - 1);
    const low = sorted[Math.floor(place)];
    return low + (sorted[Math.ceil(place)] - low) * (place - Math.floor(place));
  };
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/** `[operation][worker].cpu` of every round as one list. */
const cpuOf = (rounds, operation, worker) => rounds.map((samples) => samples[operation][worker].cpu);

function ratio(rounds, operation, worker, floor, minus) {
  const own = cpuOf(rounds, operation, worker);
  const base = cpuOf(rounds, operation, floor);
  const taken = minus ? cpuOf(rounds, operation, minus) : own.map(() => 0);
  return summary(own.map((cpu, index) => (cpu - taken[index]) / (base[index] - taken[index])));
}

const TITLES = { login: 'Login', request: 'Signed-in request', refresh: 'Refresh', cold: 'Cold start' };

/** Rows that show how operations grow from one set-up to another; more than `most` is growth. */
function growth(by, worker, floor, operations, most) {
  return operations.map((operation) => [`${TITLES[operation]}, ${by}`, operation, worker, floor, most]);
}

const HONO_REQUEST = ['request', 'bare Hono'];
const JOURNEYS = [
  ['Journey after 50 logins', 'journey after few'],
  ['Journey after 2,000 logins', 'journey after many'],
];

/** A journey of each client ÷ by hand. */
function journeys([title, operation]) {
  return [
    [`${title}, cookie store ÷ by hand`, operation, 'cookies', 'by hand', 1.6],
    ...Object.keys(PEERS).map((peer) => [`${title}, ${peer} ÷ by hand`, operation, peer, 'by hand']),
  ];
}

const FORWARDED = ['cookies, forwarding', 'bare proxy'];
const FORWARDED_BY_KEEPER = ['keeper, forwarding', 'bare proxy'];

/** Rows of how fast large bodies pass: title, operation, Worker, floor, at least. */
const SPEEDS = [
  ['Speed of a 64 MB download through an upstream ÷ bare proxy', 'download', ...FORWARDED, 0.95],
  [
    'Speed of a 64 MB download through an upstream, keeper store ÷ bare proxy',
    'download',
    ...FORWARDED_BY_KEEPER,
    0.95,
  ],
  ['Speed of a 64 MB upload through an upstream ÷ bare proxy', 'upload', ...FORWARDED, 0.95],
];

/** Rows of figures that are ratios of CPU: title, operation, Worker, floor, at most, Worker whose CPU is taken off both. */
const RATIOS = [
  ...JOURNEYS.flatMap(journeys),
  ['Journey after 50 logins, keeper store ÷ by hand', 'journey after few', 'keeper', 'by hand'],
  ['Signed-in request, cookie store ÷ bare Hono', 'request', 'cookies', 'bare Hono', 0.95],
  ['Signed-in request, keeper store ÷ bare Hono', 'request', 'keeper, 10 sessions', 'bare Hono'],
  ['Refresh, cookie store ÷ by hand', 'refresh', 'cookies', 'by hand'],
  ['Refresh, keeper store ÷ by hand', 'refresh', 'keeper, 10 sessions', 'by hand'],
  ['Forwarded request, cookie store ÷ bare proxy', 'forward', 'cookies, forwarding', 'bare proxy', 1.15],
  [
    'Forwarded request, keeper store ÷ bare proxy and object call',
    'forward',
    'keeper, forwarding',
    'bare proxy, object',
    1.15,
  ],
  ['Token exchange by a key ÷ bare Worker and object call', 'exchange', 'connections', 'bare programs'],
  ['Relayed request by a key ÷ bare Worker and object call', 'relay', 'connections', 'bare programs'],
  ['CPU of a 64 MB download through an upstream ÷ bare proxy', 'download', ...FORWARDED],
  [
    'CPU of a 64 MB download through an upstream, keeper store ÷ bare proxy',
    'download',
    ...FORWARDED_BY_KEEPER,
  ],
  ['CPU of a 64 MB upload through an upstream ÷ bare proxy', 'upload', ...FORWARDED],
  ['requireSession() in an app, cookie store ÷ bare Hono', 'inside', 'cookies, embedded', 'bare Hono', 1.0],
  [
    'session() over a binding, keeper store ÷ bare binding and object call',
    'inside',
    'keeper, behind a binding',
    'bare binding',
    1.3,
  ],
  ['Login page ÷ bare Hono page of the same bytes', 'page', 'cookies', 'bare Hono', 1.1],
  ['Cold start ÷ bare Hono', 'cold', 'cookies', 'bare Hono'],
  ['Cold start ÷ bare Hono, without workerd’s own', 'cold', 'cookies', 'bare Hono', undefined, 'empty'],
  [
    'Login page, 60 providers ÷ bare Hono page of the same bytes',
    'page',
    'cookies, 60 providers',
    'bare Hono, 60 providers',
  ],
  ...growth(
    '60 providers ÷ 1',
    'cookies, 60 providers',
    'cookies',
    ['login', 'request', 'refresh', 'cold'],
    'noise',
  ),
  ...growth(
    '1,000 stored sessions ÷ 10',
    'keeper, 1,000 sessions',
    'keeper, 10 sessions',
    ['request', 'refresh'],
    'noise',
  ),
  ...growth('2,800-byte access token ÷ 700', 'cookies, large tokens', 'cookies', [
    'login',
    'request',
    'refresh',
  ]),
];

/** Every figure of what a run measured: `{ title, value, low, high, microseconds, honoRequests, most, least }`. */
export function figures(rounds) {
  const isMeasured = ([, operation]) => operation in rounds[0];
  const hono = isMeasured(['', 'request']) ? summary(cpuOf(rounds, ...HONO_REQUEST)).median : undefined;
  const ratios = RATIOS.filter(isMeasured).map(([title, operation, worker, floor, most, minus]) => {
    const { median, low, high } = ratio(rounds, operation, worker, floor, minus);
    const cpu = summary(cpuOf(rounds, operation, worker)).median;
    const honoRequests = hono && cpu / hono;
    return { title, value: median, low, high, microseconds: cpu * 1000, honoRequests, most };
  });
  const speeds = SPEEDS.filter(isMeasured).map((each) => speed(rounds, each));
  const beyond = JOURNEYS.filter(isMeasured).flatMap((each) => [
    beyondPeer(rounds, each, 'openid-client', 0.2),
    // Drawbridge is a Hono app, so what Hono takes is in it.
    beyondPeer(rounds, each, 'openid-client, no Hono'),
  ]);
  return [...ratios, ...speeds, ...beyond];
}

function speed(rounds, [title, operation, worker, floor, least]) {
  const values = rounds.map((samples) => samples[operation][floor].wall / samples[operation][worker].wall);
  const { median, low, high } = summary(values);
  return { title, value: median, low, high, least };
}

/** How much more of the client by hand a journey takes than one with a peer. */
function beyondPeer(rounds, [title, operation], peer, most) {
  const [own, other, floor] = ['cookies', peer, 'by hand'].map((worker) => cpuOf(rounds, operation, worker));
  const { median, low, high } = summary(own.map((cpu, index) => (cpu - other[index]) / floor[index]));
  return {
    title: `${title}, more than ${peer}, in journeys by hand`,
    value: median,
    low,
    high,
    most,
  };
}

const number = (value, digits = 2) => value.toFixed(digits);

/** The figures as a Markdown table. */
export function markdown(all) {
  const rows = all.map(({ title, value, low, high, microseconds, honoRequests, most, least }) => {
    const spread = low === undefined ? '' : `${number(low)}–${number(high)}`;
    const cpu = microseconds === undefined ? '' : Math.round(microseconds).toLocaleString('en');
    const requests = honoRequests === undefined ? '' : number(honoRequests, 1);
    const bound =
      typeof most === 'number' ? number(most) : (most ?? (least ? `at least ${number(least)}` : ''));
    return [title, number(value), spread, bound, cpu, requests];
  });
  return table(['figure', 'median', 'quartiles', 'at most', 'CPU, µs', 'in requests of bare Hono'], rows);
}

/** What each event writes and asks, and how large the cookies are, as Markdown tables. */
export function countsTables({ events, cookie_bytes }) {
  const kinds = Object.keys(Object.values(events)[0]);
  const titles = kinds.map((kind) => kind.replaceAll('_', ' ').replace('kv', 'KV'));
  const rows = Object.entries(events).map(([event, counted]) => [
    event,
    ...kinds.map((kind) => counted[kind]),
  ]);
  const cookies = Object.entries(cookie_bytes).map(([title, bytes]) => [title, bytes.toLocaleString('en')]);
  return [table(['event, keeper store', ...titles], rows), table(['session cookie', 'bytes'], cookies)].join(
    '\n\n',
  );
}

/** A Markdown table whose first column is text and whose others are numbers. */
function table(head, rows) {
  const lines = [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** What the bundle is made of, as a Markdown table. */
export function partsTable({ parts, bytes, gzip }) {
  const sum = parts.reduce((total, part) => total + part.bytes, 0);
  const rows = parts
    .filter((part) => part.bytes / sum >= 0.005)
    .map(({ name, bytes: own }) => [name, number(own / 1024, 1), `${number((own / sum) * 100, 1)} %`]);
  const title = `part of ${number(bytes / 1024, 1)} KB minified, ${number(gzip / 1024, 1)} KB gzip`;
  return table([title, 'KB minified', 'share'], rows);
}
