/** The resources of a template with resolved references, and the parsing of their properties. */
import * as v from 'valibot';
import { isRecord } from '../../functions/json.ts';
import { type References, resolve } from './intrinsics.ts';
import { addressesOf, pseudoParameter } from './template-names.ts';

export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly arn: string;
  /** The physical id, which Ref returns. */
  readonly ref: string;
  /** All references in them are resolved. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Parses the resource's properties; an error names the resource, the property and its value. */
export function parseProperties<Output>(
  resource: Resource,
  schema: v.GenericSchema<unknown, Output>,
): Output {
  const result = v.safeParse(schema, resource.properties);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Error(
    `${resource.id} (${resource.type}): property ${v.getDotPath(issue) ?? '?'} is ` +
      `${issue.received}, the local run knows ${issue.expected === 'never' ? 'no such property' : issue.expected}`,
  );
}

/** CloudFormation also accepts numbers and booleans as text. */
export const count = v.union([
  v.number(),
  v.pipe(v.string(), v.regex(/^-?\d+$/, 'a number'), v.transform(Number)),
]);
export const flag = v.union([
  v.boolean(),
  v.pipe(
    v.picklist(['true', 'false']),
    v.transform((text) => text === 'true'),
  ),
]);
export const passedOver = v.optional(v.unknown());

/** Types that do nothing on this machine. Any other type that is not carried out is an error. */
const WITHOUT_LOCAL_MEANING = new Set([
  'AWS::CDK::Metadata',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::Events::Rule',
  'AWS::Lambda::EventInvokeConfig',
  // The only version here is the deployed one.
  'AWS::Lambda::Version',
  'AWS::Logs::LogGroup',
  'AWS::Logs::MetricFilter',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::Scheduler::ScheduleGroup',
  'AWS::StepFunctions::StateMachine',
]);
const CARRIED_OUT = new Set([
  'AWS::DynamoDB::GlobalTable',
  'AWS::DynamoDB::Table',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::Alias',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
  'AWS::Scheduler::Schedule',
]);

interface Declaration {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export class Resources implements References {
  readonly #stackName: string;
  readonly #declarations = new Map<string, Declaration>();
  readonly #others = new Map<string, Declaration>();

  /** `others`: resources that may be referred to but are not carried out. */
  constructor(stackName: string, template: unknown, others: Readonly<Record<string, unknown>> = {}) {
    this.#stackName = stackName;
    const resources = isRecord(template) ? template['Resources'] : undefined;
    if (!isRecord(resources)) throw new Error(`the template of ${stackName} has no Resources`);
    for (const [id, declaration] of Object.entries(resources)) {
      const { Type: type, Properties: properties = {}, Condition: condition } = recordOf(declaration, id);
      if (typeof type !== 'string' || !(CARRIED_OUT.has(type) || WITHOUT_LOCAL_MEANING.has(type))) {
        throw new Error(`${id}: the local run does not know the resource type ${String(type)}`);
      }
      if (condition !== undefined && CARRIED_OUT.has(type)) {
        throw new Error(
          `${id} (${type}) has the Condition ${String(condition)}: the local run knows no conditions`,
        );
      }
      this.#declarations.set(id, { type, properties: recordOf(properties, id) });
    }
    for (const [id, declaration] of Object.entries(others)) {
      const { Type: type, Properties: properties = {} } = recordOf(declaration, id);
      this.#others.set(id, { type: String(type), properties: recordOf(properties, id) });
    }
  }

  ofTypes(types: readonly string[]): Resource[] {
    return [...this.#declarations]
      .filter(([, { type }]) => types.includes(type))
      .map(([id, { type, properties }]) => ({
        id,
        type,
        ...this.#addresses(id, { type, properties }),
        properties: recordOf(resolve(usedHere(properties), this, id), id),
      }));
  }

  ref(id: string): unknown {
    const declaration = this.#declarations.get(id) ?? this.#others.get(id);
    return declaration === undefined
      ? pseudoParameter(id, this.#stackName)
      : this.#addresses(id, declaration).ref;
  }

  attribute(id: string, attribute: string): unknown {
    const declaration = this.#declarations.get(id);
    if (declaration !== undefined) return this.#addresses(id, declaration).attributes[attribute];
    const other = this.#others.get(id);
    // A resource that does not exist here has no real attribute; a text with its name stands in.
    return other && (this.#addresses(id, other).attributes[attribute] ?? `${id}.${attribute}`);
  }

  #addresses(id: string, { type, properties }: Declaration) {
    return addressesOf(id, type, (property) => resolve(properties[property], this, `${id}.${property}`));
  }
}

/**
 * Properties that refer to things outside this machine have no meaning here, and may need values that only
 * the cloud can resolve.
 */
function usedHere(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const {
    VpcConfig: _network,
    KmsKeyArn: _key,
    KmsMasterKeyId: _queueKey,
    Tags: _tags,
    ...used
  } = properties;
  return used;
}

function recordOf(value: unknown, id: string): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw new Error(`${id}: expected an object, got ${JSON.stringify(value)}`);
}
