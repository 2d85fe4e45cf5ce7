import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { readTemplate } from '../../../local/template/template.ts';
import { templateApart } from '../../../local/template/template-apart.ts';
import { temporaryDirectory } from '../tiny-stack.ts';

const order = (file: string) => ({ pipeline: { file }, env: {}, secrets: [], folder: temporaryDirectory() });

function modulesOfCdk(): number {
  const { cache } = createRequire(import.meta.url);
  return Object.keys(cache).filter((file) => file.includes('aws-cdk-lib')).length;
}

test('the process of a run loads nothing of the CDK: a process of its own makes the template and ends', async () => {
  const { name, stack, assembly } = await templateApart(order('bench/pipelines/totals.ts'));
  expect([name, stack]).toEqual(['totals', 'totals-production']);
  expect(readTemplate(assembly, stack).template).toMatchObject({ Resources: expect.any(Object) });
  expect(modulesOfCdk()).toBe(0);
});

test('a template that cannot be made fails the run with the same reason', async () => {
  await expect(templateApart(order('test/local/template/no-such-pipeline.ts'))).rejects.toThrow(
    /no-such-pipeline\.ts cannot be loaded/,
  );
});

test('properties that are not JSON are used too, in this process', async () => {
  const { localSecrets } = await import('../../../local/local-secrets.ts');
  const given = order('bench/pipelines/totals.ts');
  const made = await templateApart({
    ...given,
    pipeline: { ...given.pipeline, secrets: localSecrets(['TOKEN']) },
  });
  expect(JSON.stringify(readTemplate(made.assembly, made.stack).template)).toContain('secret:TOKEN-aaaaaa');
});
