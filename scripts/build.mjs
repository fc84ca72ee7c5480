import { readArguments } from './arguments.mjs';
import { buildPackage } from './build-package.mjs';

const USAGE = `Usage: npm run build

Builds the package into dist/: the library for apps (drawbridge), the whole Worker (drawbridge/worker), their types, and
what a runtime other than workerd gets. \`npm pack\` builds first, then writes drawbridge-<version>.tgz.`;

readArguments(USAGE);
await buildPackage();
