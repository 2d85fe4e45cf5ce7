/**
 * From an empty folder to a working project: installs the package, runs `weir init`, and tests everything it
 * promises.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../functions/limits.ts';
import { deriveSettings } from '../../infra/settings/settings.ts';
import { synthesize } from '../../infra/synthesize.ts';
import { comparable } from './comparable.ts';
import { packed } from './packed.ts';
import { INSTALL, shell, temporaryFolder } from './shell.ts';

const TIMEOUT = 1_200_000;
const folder = join(temporaryFolder(), 'Zähler am See');

beforeAll(async () => {
  mkdirSync(folder);
  await shell(folder, `${INSTALL} "${(await packed()).tarball}"`);
}, TIMEOUT);

describe('weir init in an empty folder, whose name has a space and a letter beyond ASCII', () => {
  test('makes a project that installs, compiles, runs and passes its test', {
    timeout: TIMEOUT,
  }, async () => {
    const said = await shell(folder, 'npx weir init');
    expect(said).toContain('made   infra/app.ts');
    await shell(folder, INSTALL);
    await shell(folder, 'npm run typecheck');
    const run = await shell(folder, 'npm start');
    expect(run).toContain('Every request and every reading is accounted for.');
    expect(run).toMatch(/cellar +count 168/);
    expect(await shell(folder, 'npm test')).toContain('1 passed');
  });

  test('makes an app whose template is that of a clone but for names', { timeout: TIMEOUT }, async () => {
    await shell(folder, 'npx cdk synth -q');
    const template: unknown = JSON.parse(readFileSync(join(folder, 'cdk.out/Sensors.template.json'), 'utf8'));
    const outdir = temporaryFolder();
    const [clone] = await synthesize({
      pipelines: [{ file: join(folder, 'pipelines/readings.ts') }],
      settings: { logs: deriveSettings(defaultLimits).logs },
      validate: false,
      outdir,
      bundleDir: join(outdir, 'functions'),
    });
    expect(comparable(template, 'Sensors/Readings/')).toEqual(comparable(clone?.template, ''));
  });
});
