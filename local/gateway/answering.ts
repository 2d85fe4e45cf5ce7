/**
 * Answers a call, however it came: identifies the calling function, counts and meters the call, checks it against that
 * function's policy, and lets tests and chaos delay it, fail it or cut its answer.
 *
 * Every call of a run passes here, so it handles bytes and parses as little as it can.
 */
import { askForUnits, meterCall } from '../bill/meter.ts';
import type { FunctionPlan } from '../template/stack-spec.ts';
import {
  type Answer,
  accessKeyOf,
  type Backend,
  type Call,
  type Interception,
  OPERATOR,
  type OperatorCall,
  type ScheduleCall,
} from './call.ts';
import type { Calls } from './call-counts.ts';
import { partitionOf, permissionsOf } from './permissions.ts';
import { type IsAllowed, policyCheck } from './policy.ts';

export interface GatewayOptions {
  readonly functions: readonly Pick<FunctionPlan, 'name' | 'arn' | 'policy'>[];
  readonly sqs: Backend;
  readonly dynamodb: Backend;
  readonly calls: Calls;
  /** Answers the calls that only the operator may make; undefined: a call to SQS or DynamoDB. */
  readonly operator?: (call: OperatorCall) => Promise<Answer | undefined>;
  /** Answers the functions' calls for secrets; undefined: another call. */
  readonly secrets?: (target: string, body: Buffer) => Answer | undefined;
  /** Answers the functions' calls to EventBridge Scheduler; undefined: another call. */
  readonly schedules?: (call: ScheduleCall) => Answer | undefined;
  readonly intercept?: (call: Call) => Interception | undefined;
  /** Called when a function's policy does not allow its call. */
  readonly onDenied?: (message: string) => void;
  /** Called with the answer of SQS or DynamoDB, even if the answer does not reach the caller. */
  readonly onAnswered?: (call: Call, answer: Answer) => void;
}

/** A call as it came. */
export interface GivenCall {
  readonly method: string;
  /** Includes the query. */
  readonly path: string;
  /** The x-amz-target header. */
  readonly target: string;
  /** The authorization header. Only its access key is used. */
  readonly authorization: string;
  readonly body: Buffer;
  /** Aborted when the caller no longer waits. */
  readonly signal: AbortSignal;
}

/** Undefined: the connection is to be cut. Rejects when a backend is gone or broken. */
export type HandleCall = (given: GivenCall) => Promise<Answer | undefined>;

export function createAnswering(options: GatewayOptions): HandleCall {
  const callers = new Map<string, Caller>([
    [accessKeyOf(OPERATOR), { name: OPERATOR, arn: OPERATOR, isAllowed: () => true }],
    ...options.functions.map(({ name, arn, policy }): [string, Caller] => [
      accessKeyOf(name),
      { name, arn, isAllowed: policyCheck(policy) },
    ]),
  ]);
  return (given) => answer(callers.get(keyIdOf(given.authorization)), given, options);
}

interface Caller {
  readonly name: string;
  readonly arn: string;
  readonly isAllowed: IsAllowed;
}

async function answer(
  caller: Caller | undefined,
  given: GivenCall,
  options: GatewayOptions,
): Promise<Answer | undefined> {
  const { path, target, body } = given;
  if (caller?.name === OPERATOR) {
    const answered = await options.operator?.(given);
    if (answered !== undefined) return answered;
  }
  if (caller !== undefined && path.startsWith('/schedules/')) {
    const answered = askScheduler(caller, given, options);
    if (answered !== undefined) return answered;
  }
  const [prefix, operation = ''] = target.split('.');
  if (caller === undefined || operation === '') {
    return refusal(403, 'UnrecognizedClientException', 'not one of the functions of this run');
  }
  const secret = options.secrets?.(target, body);
  if (secret !== undefined) return secret;
  const service = prefix === 'AmazonSQS' ? 'SQS' : 'DynamoDB';
  const call: Call = { functionName: caller.name, service, operation, body };
  options.calls.add(caller.name, `${service}.${operation}`);
  const denied = permissionsOf(service, operation, body).find(
    ({ action, resource }) => !caller.isAllowed(action, resource, () => partitionOf(body)),
  );
  if (denied !== undefined) {
    const message = notAuthorized(caller, denied.action, denied.resource);
    options.onDenied?.(message);
    return refusal(400, 'AccessDeniedException', message);
  }
  return carryOut(call, given, options);
}

async function carryOut(
  call: Call,
  { target, body, signal }: GivenCall,
  { sqs, dynamodb, calls, intercept, onAnswered }: GatewayOptions,
): Promise<Answer | undefined> {
  const { delayMs = 0, ...interception } = intercept?.(call) ?? {};
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  const cut = 'cut' in interception ? interception.cut : undefined;
  if (cut === 'before') return undefined;
  if ('fail' in interception && interception.fail !== undefined) {
    const { status, code, message } = interception.fail;
    return refusal(status, code, message);
  }
  // The operator's calls are not part of what the run would cost on AWS.
  const metered = call.functionName !== OPERATOR;
  const backend = call.service === 'SQS' ? sqs : dynamodb;
  const answered = await backend(target, metered ? askForUnits(call) : body, signal);
  if (metered) meterCall(calls, call, answered.status, answered.body);
  onAnswered?.(call, answered);
  return cut === 'after' ? undefined : answered;
}

function askScheduler(
  caller: Caller,
  { method, path, body }: GivenCall,
  { schedules, calls, onDenied }: GatewayOptions,
): Answer | undefined {
  const answered = schedules?.({
    method,
    path,
    body,
    isAllowed: caller.isAllowed,
    onDenied: (action, resource) => onDenied?.(notAuthorized(caller, action, resource)),
  });
  const operation = method === 'POST' ? 'CreateSchedule' : 'DeleteSchedule';
  if (answered !== undefined) calls.add(caller.name, `Scheduler.${operation}`);
  return answered;
}

function notAuthorized({ arn }: Caller, action: string, resource: string): string {
  return `${arn} is not authorized to perform: ${action} on resource: ${resource}`;
}

/** `AWS4-HMAC-SHA256 Credential=KEY/date/region/service/aws4_request, ...` */
function keyIdOf(authorization: string): string {
  const start = authorization.indexOf('Credential=') + 'Credential='.length;
  return authorization.slice(start, authorization.indexOf('/', start));
}

function refusal(status: number, code: string, message: string): Answer {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    // SQS and DynamoDB both use `message`; the SDK reads the error's name from `__type`.
    body: JSON.stringify({ __type: code, message }),
  };
}
