/** Text of source files by their paths from the root of the repository. */
export type Sources = Readonly<Record<string, string>>;

/** One import of a file of ours; types count too, since they make a folder know another as well. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*'(\.{1,2}\/[^']+)'/g;

/** Every relative import of these sources. */
export function importsOf(sources: Sources): Import[] {
  return Object.entries(sources).flatMap(([from, text]) =>
    [...text.matchAll(IMPORT)].map(([, path = '']) => ({ from, to: resolved(from, path) })),
  );
}

function resolved(from: string, path: string): string {
  return new URL(path, `file:///${from}`).pathname.slice(1).replace(/\?.*$/, '');
}

/** The folders of src/, the lowest first: each imports those of lower layers, and of its own where there is no cycle. */
const LAYERS: readonly (readonly string[])[] = [
  ['src', 'src/crypto'],
  ['src/providers'],
  ['src/settings'],
  ['src/oauth'],
  ['src/grants'],
  [
    'src/objects',
    'src/login',
    'src/sessions',
    'src/connections',
    'src/upstreams',
    'src/resources',
    'src/doctor',
  ],
  ['src/web'],
  ['src/app.ts'],
  ['src/inside'],
  ['src/index.ts', 'src/lib.ts', 'src/client.ts'],
];

/** Files of src/ itself that put the rest together; all others there are the base of everything. */
const ROOTS = ['src/app.ts', 'src/index.ts', 'src/lib.ts', 'src/client.ts'];

/** `src/web/user/login.ts` is in `src/web`; a root stands for itself. */
function areaOf(file: string): string {
  return ROOTS.includes(file) ? file : file.split('/').slice(0, -1).slice(0, 2).join('/');
}

function layerOf(file: string): number {
  return LAYERS.findIndex((areas) => areas.includes(areaOf(file)));
}

/** Imports that go up, and files in folders that no layer knows. */
export function againstTheLayers(imports: readonly Import[]): string[] {
  return imports
    .filter(({ from, to }) => {
      const [above, below] = [layerOf(from), layerOf(to)];
      return above === -1 || below === -1 || below > above;
    })
    .map(({ from, to }) => `${from} imports ${to}`);
}

/** Rings of areas that import each other: `src/login -> src/sessions -> src/login`. */
export function cycles(imports: readonly Import[]): string[] {
  const edges = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    if (areaOf(from) === areaOf(to)) continue;
    edges.set(areaOf(from), (edges.get(areaOf(from)) ?? new Set()).add(areaOf(to)));
  }
  const found = new Set<string>();
  const walk = (area: string, path: readonly string[]): void => {
    const start = path.indexOf(area);
    if (start !== -1) {
      const ring = path.slice(start);
      const least = ring.indexOf(ring.toSorted()[0] ?? '');
      const turned = [...ring.slice(least), ...ring.slice(0, least)];
      found.add([...turned, turned[0]].join(' -> '));
      return;
    }
    for (const next of edges.get(area) ?? []) walk(next, [...path, area]);
  };
  for (const area of edges.keys()) walk(area, []);
  return [...found].sort();
}

/** Files that import each other in a ring, or lead from one ring to another; none if there is no ring. */
export function inRings(imports: readonly Import[]): string[] {
  let left = imports;
  for (;;) {
    const importing = new Set(left.map(({ from }) => from));
    const imported = new Set(left.map(({ to }) => to));
    const kept = left.filter(({ from, to }) => importing.has(to) && imported.has(from));
    if (kept.length === left.length) return [...importing].sort();
    left = kept;
  }
}

/** The files that can be reached from these by imports. */
export function reachedFrom(starts: readonly string[], imports: readonly Import[]): string[] {
  const reached = new Set(starts);
  for (const file of reached) {
    for (const { from, to } of imports) if (from === file) reached.add(to);
  }
  return [...reached].sort();
}

/** Module-level collections that can grow and whose size nothing looks at. */
export function unbounded(sources: Sources): string[] {
  return Object.entries(sources).flatMap(([file, text]) =>
    [...text.matchAll(/^(?:export )?const (\w+)[^=\n]*= new (?:Map|Set)(?:<[^\n]*>)?\(\)/gm)]
      .filter(([line, name]) => !line.includes('Readonly') && !text.includes(`${name}.size`))
      .map(([, name]) => `${file}: ${name}`),
  );
}
