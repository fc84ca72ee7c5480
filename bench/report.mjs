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

/** Rows of figures that are ratios: title, operation, Worker, floor, at most. */
const RATIOS = [
  ['Login, cookie store ÷ written by hand', 'login', 'cookies', 'by hand', 1.25],
  ['Login, keeper store ÷ written by hand', 'login', 'keeper', 'by hand'],
  ['Signed-in request, cookie store ÷ bare Hono', 'request', 'cookies', 'bare Hono', 1.0],
  ['Signed-in request, keeper store ÷ bare Hono', 'request', 'keeper, 10 sessions', 'bare Hono'],
  ['Refresh, cookie store ÷ written by hand', 'refresh', 'cookies', 'by hand'],
  ['Refresh, keeper store ÷ written by hand', 'refresh', 'keeper, 10 sessions', 'by hand'],
  ['Login page ÷ bare Hono page of the same bytes', 'page', 'cookies', 'bare Hono', 1.3],
  ['Cold start ÷ bare Hono', 'cold', 'cookies', 'bare Hono', 1.5],
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

/** Every figure of a run: `{ title, value, low, high, microseconds, honoRequests, most }`. */
export function figures(rounds, counts) {
  const hono = summary(cpuOf(rounds, ...HONO_REQUEST)).median;
  const ratios = RATIOS.map(([title, operation, worker, floor, most, minus]) => {
    const { median, low, high } = ratio(rounds, operation, worker, floor, minus);
    const cpu = summary(cpuOf(rounds, operation, worker)).median;
    return { title, value: median, low, high, microseconds: cpu * 1000, honoRequests: cpu / hono, most };
  });
  return [...ratios, ...counts];
}

/** What a login costs by hand with each thing that Drawbridge does besides, as a Markdown table; `workers`: name, extras. */
export function extrasTable(rounds, workers) {
  const byHand = workers.map(([name, extras]) => [extras.replaceAll(' ', ', '), name]);
  const lines = [...byHand, ['Drawbridge, cookie store', 'cookies']].map(([title, worker]) => {
    const { median, low, high } = ratio(rounds, 'login', worker, 'by hand');
    return `| ${title} | ${number(median)} | ${number(low)}–${number(high)} |`;
  });
  return ['| a login by hand, with | ÷ by hand | quartiles |', '| --- | ---: | ---: |', ...lines].join('\n');
}

const number = (value, digits = 2) => value.toFixed(digits);

/** The figures as a Markdown table. */
export function markdown(all) {
  const lines = all.map(({ title, value, low, high, microseconds, honoRequests, most, unit }) => {
    const shown = unit === undefined ? number(value) : `${value.toLocaleString('en')}${unit}`;
    const spread = low === undefined ? '' : `${number(low)}–${number(high)}`;
    const cpu = microseconds === undefined ? '' : Math.round(microseconds).toLocaleString('en');
    const requests = honoRequests === undefined ? '' : number(honoRequests, 1);
    const bound = typeof most === 'number' && unit === undefined ? number(most) : (most ?? '');
    return `| ${[title, shown, spread, bound, cpu, requests].join(' | ')} |`;
  });
  return [
    '| figure | median | quartiles | at most | CPU, µs | in requests of bare Hono |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
  ].join('\n');
}

/** What the bundle is made of, as a Markdown table. */
export function partsTable({ parts, bytes, gzip }) {
  const sum = parts.reduce((total, part) => total + part.bytes, 0);
  const rows = parts
    .filter((part) => part.bytes / sum >= 0.005)
    .map(
      ({ name, bytes: own }) => `| ${name} | ${number(own / 1024, 1)} | ${number((own / sum) * 100, 1)} % |`,
    );
  return [
    `| part of ${number(bytes / 1024, 1)} KB minified, ${number(gzip / 1024, 1)} KB gzip | KB minified | share |`,
    '| --- | ---: | ---: |',
    ...rows,
  ].join('\n');
}
