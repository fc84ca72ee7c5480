import { describe, expect, it } from 'vitest';
import threatModel from '../docs/threat-model.md?raw';
import manifest from '../package.json';
import lock from '../package-lock.json';

const WORKFLOWS = Object.entries(
  import.meta.glob(['../.github/workflows/*.yml'], { query: '?raw', import: 'default', eager: true }),
);

interface Locked {
  readonly hasInstallScript?: boolean;
  readonly integrity?: string;
  readonly version?: string;
}
const PACKAGES = Object.entries(lock.packages as Record<string, Locked>).filter(([path]) => path !== '');

describe('the packages', () => {
  it('are pinned to one version each', () => {
    for (const version of Object.values({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });

  it('are all held to a SHA-512 of what was reviewed', () => {
    expect(PACKAGES.length).toBeGreaterThan(100);
    for (const [path, { integrity }] of PACKAGES)
      expect([path, integrity]).toEqual([path, expect.stringMatching(/^sha512-/)]);
  });

  it('run no script when they are installed, but those that `allowScripts` names', () => {
    const scripts = PACKAGES.filter(([, { hasInstallScript }]) => hasInstallScript);
    const names = scripts.map(([path]) => path.replace(/^.*node_modules\//, ''));
    expect([...new Set(names)].sort()).toEqual(Object.keys(manifest.allowScripts).sort());
  });

  it('of the bundle are those that the threat model gives reasons for', () => {
    const listed = threatModel.split('## Runtime dependencies')[1]?.split('## ')[0] ?? '';
    const names = [...listed.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
    const bundled = { ...manifest.dependencies, ...manifest.peerDependencies };
    expect(names.sort()).toEqual(Object.keys(bundled).sort());
  });
});

describe('the workflows', () => {
  it.each(WORKFLOWS)('%s pins every action to a commit, with its version beside it', (_, text) => {
    const used = [...text.matchAll(/^\s*- uses: (.*)$/gm)].map(([, action]) => action);
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it.each(WORKFLOWS)('%s gives a secret only to the step that needs it', (_, text) => {
    const steps = text.split(/^ {6}- /m);
    expect(steps[0]).not.toContain('secrets.');
    for (const step of steps.filter((each) => each.includes('secrets.'))) {
      expect(step).toMatch(/run: npm run (?:deploy|doctor)\b/);
      expect(step).not.toMatch(/^ {2,4}\S[\s\S]*secrets\./m);
    }
    for (const step of steps.filter((each) => each.includes('secrets.CLOUDFLARE_API_TOKEN')))
      expect(step).toMatch(/^run: npm run deploy\b/);
  });
});
