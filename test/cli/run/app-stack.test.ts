/** Errors for a missing app, stack or pipeline. The apps are scripts that write JSON. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { synthesizeApp } from '../../../cli/run/app-stack.ts';
import { temporaryDirectory } from '../../local/tiny-stack.ts';

const PARTS = {
  RequestsQueueUrl: 'RequestsQueue',
  RequestsDeadLetterQueueUrl: 'RequestsDeadLetterQueue',
  ReadingsQueueUrl: 'ReadingsQueue',
  ReadingsDeadLetterQueueUrl: 'ReadingsDeadLetterQueue',
  StateTableName: 'StateTable',
  UndeliveredBucketName: 'UndeliveredBucket',
  ReaderFunctionName: 'Reader',
  ComputeFunctionName: 'Compute',
  WriterFunctionName: 'Writer',
};

function templateOf(...pipelines: readonly string[]) {
  const entries = pipelines.flatMap((name) =>
    Object.entries(PARTS).map(([output, part]) => [`${name}${output}`, `${name}${part}1234`] as const),
  );
  return {
    Resources: Object.fromEntries(entries.map(([, id]) => [id, { Type: 'AWS::SQS::Queue' }])),
    Outputs: Object.fromEntries(entries.map(([output, id]) => [output, { Value: { Ref: id } }])),
  };
}

/** The command of an app that writes these stacks, and the folder that it writes to. */
function appWith(stacks: Readonly<Record<string, object>>): [string, string] {
  const folder = temporaryDirectory();
  const artifacts = Object.fromEntries(
    Object.keys(stacks).map((name) => [
      name,
      { type: 'aws:cloudformation:stack', properties: { templateFile: `${name}.json` } },
    ]),
  );
  const files = { 'manifest.json': { artifacts }, ...renamed(stacks) };
  const script = join(folder, 'app with spaces.mjs');
  writeFileSync(
    script,
    `import { mkdirSync, writeFileSync } from 'node:fs';
    mkdirSync(process.env.CDK_OUTDIR, { recursive: true });
    for (const [name, value] of Object.entries(${JSON.stringify(files)}))
      writeFileSync(process.env.CDK_OUTDIR + '/' + name, JSON.stringify(value));`,
  );
  mkdirSync(join(folder, 'out'));
  return [`"${process.execPath}" "${script}"`, join(folder, 'out')];
}

function renamed(stacks: Readonly<Record<string, object>>) {
  return Object.fromEntries(Object.entries(stacks).map(([name, value]) => [`${name}.json`, value]));
}

test('the only pipeline of a stack is chosen; if there are several, their names are listed', async () => {
  const [app, out] = appWith({ Site: templateOf('Meters'), Other: { Resources: {} } });
  await expect(synthesizeApp({ app }, out)).resolves.toMatchObject({ source: { stackName: 'Site/Meters' } });
  const [two, outOfTwo] = appWith({ Site: templateOf('Meters', 'Bills'), Test: templateOf('Meters') });
  await expect(synthesizeApp({ app: two }, outOfTwo)).rejects.toThrow(
    'several stacks with pipelines: choose with --stack: Site, Test',
  );
  await expect(synthesizeApp({ app: two, stack: 'Sight' }, outOfTwo)).rejects.toThrow(
    'no stack Sight with a pipeline: choose with --stack: Site, Test',
  );
  await expect(synthesizeApp({ app: two, stack: 'Site' }, outOfTwo)).rejects.toThrow(
    'stack Site has several pipelines: choose with --pipeline: Meters, Bills',
  );
  await expect(synthesizeApp({ app: two, stack: 'Site', pipeline: 'Water' }, outOfTwo)).rejects.toThrow(
    'stack Site has no pipeline "Water": choose with --pipeline: Meters, Bills',
  );
});

test('an app that fails, writes no template or has no pipeline is refused with that reason', async () => {
  const out = temporaryDirectory();
  const node = `"${process.execPath}"`;
  await expect(synthesizeApp({ app: `${node} -e "process.exit(3)"` }, out)).rejects.toThrow(
    'the app ended with 3',
  );
  await expect(synthesizeApp({ app: `${node} -e ""` }, out)).rejects.toThrow('wrote no templates');
  const [without, outWithout] = appWith({ Site: { Resources: {} } });
  await expect(synthesizeApp({ app: without }, outWithout)).rejects.toThrow('add new WeirPipeline');
});
