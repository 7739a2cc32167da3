// Redocly's linter, at its strictest, over docs/openapi.yaml; prints TAP.

import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const require = createRequire(resolve('build/npm/package.json'));
const { createConfig, lint } = require('@redocly/openapi-core');

const config = await createConfig({ extends: ['recommended-strict'] });
const found = await lint({ ref: 'docs/openapi.yaml', config });

console.log(`${found.length ? 'not ' : ''}ok 1 - the linter is content`);

for (const { ruleId, message, location } of found) {
    console.log(`# ${ruleId}: ${message} ${location[0]?.pointer}`);
}

console.log('1..1');
