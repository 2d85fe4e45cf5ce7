/** Writes docs/capabilities.md for `npm run docs`. A test checks that it is up to date. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT } from './bundling/bundle.ts';
import { capabilitiesOf, capabilityTable } from './capabilities.ts';
import { synthesize } from './synthesize.ts';

export const CAPABILITIES_FILE = join(PROJECT, 'docs', 'capabilities.md');

const INTRODUCTION = `# Permissions of each function

\`npm run docs\` generates this page from the templates; a test fails when it is out of date. The local run of
test/local/capabilities.test.ts uses every action on SQS and DynamoDB, and fails if one of them is missing. \`*\` stands for
all resources, where an action takes none. A role that belongs to no function has its own name: a service of AWS uses it.
`;

export async function capabilitiesPage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-docs-'));
  try {
    const stacks = await synthesize({
      outdir: join(folder, 'cdk.out'),
      bundleDir: join(folder, 'functions'),
      validate: false,
    });
    const tables = stacks.map(({ name, template }) => capabilityTable(name, capabilitiesOf(template)));
    return [INTRODUCTION, ...tables].join('\n');
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (import.meta.main) await writeFile(CAPABILITIES_FILE, await capabilitiesPage());
