/** The conditions of a run: machine, versions and load. Results are useless without them. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import * as v from 'valibot';
import { pythonVersion } from './systems/asyncio.ts';

export function machine(): string {
  const model = cpus()[0]?.model.trim() || 'processor of unknown model';
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores (${model}), ${memoryGb} GB, ${type()} ${release()}`;
}

const Package = v.object({ version: v.string() });

const PACKAGES = [
  '@aws-sdk/client-sqs',
  '@aws-sdk/client-dynamodb',
  '@aws-lambda-powertools/batch',
  '@aws-lambda-powertools/idempotency',
  '@dynoxide/linux-x64',
];

export function versions(): string {
  const packages = PACKAGES.flatMap((name) => {
    try {
      const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
      return [`${name} ${v.parse(Package, JSON.parse(readFileSync(file, 'utf8'))).version}`];
    } catch {
      return []; // The engine of another platform, or none.
    }
  });
  return [`Node ${process.version}`, pythonVersion() ?? 'no python3', ...packages].join(', ');
}

export function load(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100;
}
