/**
 * `weir run --all`: every pipeline of a stack at once. Each run has its own process, as each pipeline has its
 * own functions on Lambda, so an error that ends one run does not end another. Its files are in
 * `.weir/NAME/`, and its lines begin with its name.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRecord, parseJson } from '../../functions/json.ts';
import { secretNames } from '../../local/gateway/secrets.ts';
import { onePipeline } from '../../local/template/one-pipeline.ts';
import { pipelinesIn } from '../../local/template/pipelines-in.ts';
import { planStack, type TemplateSource } from '../../local/template/template.ts';
import { interruptionIsTheEnd, listenForInterruption } from '../terminal/interruption.ts';
import { UsageError } from '../terminal/options.ts';
import { assertWritable, saveFile } from '../terminal/output-file.ts';
import { shownPath, userPath } from '../terminal/paths.ts';
import { pipelinesOfApp } from './app-stack.ts';
import { type EndedRun, printAll } from './print-all.ts';
import { argumentsOf, requestFiles } from './run-all-arguments.ts';
import type { RunValues } from './run-options.ts';
import { runSecrets } from './run-secrets.ts';
import { startOneOfAll } from './start-one-of-all.ts';

export async function runAll(values: RunValues): Promise<number> {
  assertForAll(values);
  const given = runSecrets(values.secret, values['secrets-file']);
  const signal = listenForInterruption();
  await assertWritable({ json: values.json });
  const assembly = await mkdtemp(join(tmpdir(), 'weir-app-'));
  try {
    const source = await pipelinesOfApp(values, assembly);
    const names = pipelinesIn(source.template).map(({ name }) => name);
    const requests = requestFiles(values['requests-file'], names, values.stay || values.open);
    const secrets = secretsOfEach(source, given);
    const runs = names.map(async (name, index): Promise<EndedRun> => {
      const files = { json: fileOf(name, 'summary.json'), timeline: fileOf(name, 'timeline.html') };
      await rm(userPath(files.json), { force: true }); // From an earlier run.
      const args = argumentsOf(values, { ...files, stack: source.stackName, name, index, requests });
      const told = { pipeline: name, assembly, secrets: secrets.get(name) ?? {} };
      const status = await startOneOfAll(args, told, widest(names), signal);
      return { name, status, summary: await readSummary(userPath(files.json)) };
    });
    const ended = await Promise.all(runs);
    printAll(source.stackName, ended);
    if (values.json !== undefined) await saveAll(values.json, ended);
    if (values.stay) interruptionIsTheEnd();
    return worstOf(ended.map(({ status }) => status));
  } finally {
    await rm(assembly, { recursive: true, force: true });
  }
}

/**
 * Exit statuses from best to worst: success, nothing counted, something set aside by an error, something
 * unaccounted for. Any other status means that the run broke off.
 */
const FROM_GOOD_TO_BAD = [0, 4, 3, 1];

export function worstOf(statuses: readonly (number | undefined)[]): number {
  const badness = (status: number) => FROM_GOOD_TO_BAD.indexOf(status) >>> 0;
  return statuses
    .map((status) => status ?? 1)
    .reduce((worst, status) => (badness(status) > badness(worst) ? status : worst), 0);
}

function assertForAll({ pipeline, svg, feed, input, backfill }: RunValues): void {
  for (const [option, value] of Object.entries({ pipeline, svg, feed, input, backfill }))
    if (value !== undefined)
      throw new UsageError(`--${option} is for the run of one pipeline: leave it or --all out`);
}

/** Throws if no pipeline of the stack has a secret of that name. */
function secretsOfEach(
  source: TemplateSource,
  given: Readonly<Record<string, string>>,
): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const named = pipelinesIn(source.template).map((each) => {
    const { functions } = planStack(onePipeline(source, each).source);
    return [each.name, secretNames(functions)] as const;
  });
  const all = new Set(named.flatMap(([, names]) => names));
  const unknown = Object.keys(given).find((name) => !all.has(name));
  if (unknown !== undefined)
    throw new UsageError(`no pipeline of ${source.stackName} has a secret ${unknown}: ${listed([...all])}`);
  const own = (names: readonly string[]) =>
    Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name)));
  return new Map(named.map(([name, names]) => [name, own(names)]));
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'there are none' : `they have ${names.join(', ')}`;
}

function fileOf(name: string, file: string): string {
  return join('.weir', name, file);
}

function widest(names: readonly string[]): number {
  return Math.max(...names.map(({ length }) => length));
}

async function readSummary(file: string): Promise<EndedRun['summary']> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const summary = parseJson(text, file, 'rounded');
  return isRecord(summary) ? summary : undefined;
}

async function saveAll(file: string, ended: readonly EndedRun[]): Promise<void> {
  const summaries = Object.fromEntries(ended.map(({ name, summary }) => [name, summary ?? null]));
  await saveFile(userPath(file), `${JSON.stringify(summaries, null, 2)}\n`);
  console.log(`The summaries as JSON: ${shownPath(file)}`);
}
