/**
 * Finds the pipelines in the template of a stack that may hold other resources too. A pipeline is recognized
 * by its outputs (infra/stack-outputs.ts), which name its parts; roles, mappings and dead-letter queues
 * follow from these.
 */
import { isRecord } from '../../functions/json.ts';
import { addFeeds } from './feeds-in.ts';
import { attributeOf, propertiesOf, recordIn, refOf } from './template-parts.ts';

export interface PipelineIn {
  /** The prefix of its outputs: the path of its construct. Empty if the stack is the pipeline. */
  readonly name: string;
  /** From logical id to the plain name that the part has in a stack of its own: RequestsQueue, Reader. */
  readonly parts: ReadonlyMap<string, string>;
}

/** The plain name by the end of the output's name. */
const OUTPUTS: Readonly<Record<string, string>> = {
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
const FIRST_OUTPUT = 'ReaderFunctionName';
const RESULTS_OUTPUT = 'ResultsQueueUrl';
/** The output that only a pipeline with a backfill lane has. */
const BACKFILL_OUTPUT = 'BackfillQueueUrl';

export function pipelinesIn(template: unknown): PipelineIn[] {
  const resources = recordIn(template, 'Resources');
  const outputs = recordIn(template, 'Outputs');
  const names = Object.keys(outputs)
    .filter((output) => output.endsWith(FIRST_OUTPUT))
    .map((output) => output.slice(0, -FIRST_OUTPUT.length));
  return names.flatMap((name) => {
    const idOf = (output: string) => refOf(recordIn(outputs, `${name}${output}`)['Value']);
    const parts = new Map<string, string>();
    for (const [output, part] of Object.entries(OUTPUTS)) {
      const id = idOf(output);
      if (id === undefined || !(id in resources)) return [];
      parts.set(id, part);
    }
    const results = idOf(RESULTS_OUTPUT);
    if (results !== undefined) addResults(results, resources, parts);
    const backfill = idOf(BACKFILL_OUTPUT);
    if (backfill !== undefined) parts.set(backfill, 'BackfillQueue');
    addFeeds(resources, parts);
    addWhatHangsOn(resources, parts);
    return [{ name, parts }];
  });
}

function addResults(id: string, resources: Readonly<Record<string, unknown>>, parts: Map<string, string>) {
  parts.set(id, 'ResultsQueue');
  const deadLetters = attributeOf(
    recordIn(propertiesOf(resources, id), 'RedrivePolicy')['deadLetterTargetArn'],
  );
  if (deadLetters !== undefined) parts.set(deadLetters, 'ResultsDeadLetterQueue');
}

/**
 * Adds the roles of its functions, their policies, the mappings that feed its functions, and the schedules
 * that use any of these.
 */
function addWhatHangsOn(resources: Readonly<Record<string, unknown>>, parts: Map<string, string>): void {
  for (const [id, part] of [...parts]) {
    const role = attributeOf(propertiesOf(resources, id)['Role']);
    if (role !== undefined) parts.set(role, `${part}Role`);
  }
  for (const id of Object.keys(resources)) {
    const { Type: type } = recordIn(resources, id);
    const { FunctionName: target, Roles: roles } = propertiesOf(resources, id);
    if (type === 'AWS::IAM::Policy' && Array.isArray(roles)) {
      const role = roles.map((each) => parts.get(refOf(each) ?? '')).find((each) => each !== undefined);
      if (role !== undefined) parts.set(id, `${role}Policy${id}`);
    }
    if (type === 'AWS::Lambda::EventSourceMapping') {
      const alias = refOf(target) ?? attributeOf(target) ?? '';
      const aliased = refOf(propertiesOf(resources, alias)['FunctionName']);
      const fed = parts.get(aliased ?? alias);
      if (fed === undefined) continue;
      parts.set(
        id,
        isBackfill(id, resources, parts) ? 'BackfillMapping' : `${fed}Mapping${mappingsOf(fed, parts)}`,
      );
      if (aliased !== undefined) addAlias(alias, fed, resources, parts);
    }
  }
  for (const id of Object.keys(resources)) {
    if (recordIn(resources, id)['Type'] === 'AWS::Scheduler::Schedule') addSchedule(id, resources, parts);
  }
}

function isBackfill(
  mapping: string,
  resources: Readonly<Record<string, unknown>>,
  parts: ReadonlyMap<string, string>,
): boolean {
  const queue = attributeOf(propertiesOf(resources, mapping)['EventSourceArn']);
  return parts.get(queue ?? '') === 'BackfillQueue';
}

/** The alias that a mapping invokes, and its version. */
function addAlias(
  id: string,
  of: string,
  resources: Readonly<Record<string, unknown>>,
  parts: Map<string, string>,
): void {
  parts.set(id, `${of}Alias`);
  const version = attributeOf(propertiesOf(resources, id)['FunctionVersion']);
  if (version !== undefined) parts.set(version, `${of}Version`);
}

/** A schedule that sends to a queue of the pipeline or switches one of its mappings, and its role. */
function addSchedule(
  id: string,
  resources: Readonly<Record<string, unknown>>,
  parts: Map<string, string>,
): void {
  const target = recordIn(propertiesOf(resources, id), 'Target');
  if (!referredTo(target['Input']).some((each) => parts.has(each))) return;
  parts.set(id, `Schedule${id}`);
  const role = attributeOf(target['RoleArn']);
  if (role !== undefined) parts.set(role, `Schedule${role}`);
}

function referredTo(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referredTo);
  if (!isRecord(value)) return [];
  const own = refOf(value) ?? attributeOf(value);
  return own === undefined ? Object.values(value).flatMap(referredTo) : [own];
}

/** The first mapping has the plain name; a function that the user feeds too has further mappings. */
function mappingsOf(fed: string, parts: ReadonlyMap<string, string>): string {
  const others = [...parts.values()].filter((part) => part.startsWith(`${fed}Mapping`)).length;
  return others === 0 ? '' : String(others + 1);
}
