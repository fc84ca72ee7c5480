import { describe, expect, it } from 'vitest';
import threatModel from '../docs/threat-model.md?raw';
import manifest from '../package.json';
import lock from '../package-lock.json';

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
    expect(names.sort()).toEqual(Object.keys(manifest.dependencies).sort());
  });
});
