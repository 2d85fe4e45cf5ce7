/**
 * The one door between the functions and SQS and DynamoDB. It identifies the calling function, counts and
 * meters the call, checks it against that function's policy, and lets tests and chaos delay it, fail it or
 * cut its answer.
 *
 * Every call of a run passes here, so it handles bytes and parses as little as it can.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { askForUnits, meterCall } from '../bill/meter.ts';
import type { FunctionPlan } from '../template/stack-spec.ts';
import type { Calls } from './call-counts.ts';
import { partitionOf, permissionsOf } from './permissions.ts';
import { type IsAllowed, policyCheck } from './policy.ts';
import { type UnreadAnswers, watchUnread } from './unread.ts';

export interface Call {
  readonly functionName: string;
  readonly service: 'SQS' | 'DynamoDB';
  readonly operation: string;
  readonly body: Buffer;
}

/**
 * `cut` drops the connection: `before` the call is carried out, or `after` it, so that only the answer is
 * lost.
 */
export type Interception = { readonly delayMs?: number } & (
  | { readonly fail?: { readonly status: number; readonly code: string; readonly message: string } }
  | { readonly cut?: 'before' | 'after' }
);

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Carries out a call. `target` is the x-amz-target header. Aborted when the caller has disconnected. */
export type Backend = (target: string, body: Buffer, signal: AbortSignal) => Promise<Answer>;

/** `target` is the x-amz-target header; `path` includes the query. */
export interface OperatorCall {
  readonly method: string;
  readonly path: string;
  readonly target: string;
  readonly body: Buffer;
}

/** A function's call to EventBridge Scheduler. `path` includes the query. */
export interface ScheduleCall {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
  readonly isAllowed: IsAllowed;
  readonly onDenied: (action: string, resource: string) => void;
}

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

export interface Gateway {
  readonly url: string;
  close(): Promise<void>;
}

/** The caller that started the run: it may do everything. */
export const OPERATOR = 'operator';

/** The access key tells the gateway who calls. */
export function accessKeyOf(functionName: string): string {
  return `LOCAL-${functionName}`;
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const callers = new Map<string, Caller>([
    [accessKeyOf(OPERATOR), { name: OPERATOR, arn: OPERATOR, isAllowed: () => true }],
    ...options.functions.map(({ name, arn, policy }): [string, Caller] => [
      accessKeyOf(name),
      { name, arn, isAllowed: policyCheck(policy) },
    ]),
  ]);
  const unread = watchUnread(options.sqs);
  const server = createServer((request, response) => {
    handle(request, response, callers, options, unread).catch((error: unknown) => {
      // The backend is gone or broken. The caller sees a lost connection, and the SDK tries again.
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  // The SDK keeps its connections open. If we closed one just as it sends, the call would fail.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the gateway has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Caller {
  readonly name: string;
  readonly arn: string;
  readonly isAllowed: IsAllowed;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  callers: ReadonlyMap<string, Caller>,
  options: GatewayOptions,
  unread: UnreadAnswers,
): Promise<void> {
  const { sqs, dynamodb, calls, operator, secrets, intercept, onDenied, onAnswered } = options;
  const { socket } = request;
  unread.asked(socket);
  // A command that finds the file of a run checks its process: the process id may have been reused.
  const { method = 'GET', url: path = '/' } = request;
  if (method === 'GET' && path === '/') {
    return send(response, { status: 200, headers: {}, body: JSON.stringify({ process: process.pid }) });
  }
  const target = String(request.headers['x-amz-target'] ?? '');
  const [prefix, operation = ''] = target.split('.');
  const service = prefix === 'AmazonSQS' ? 'SQS' : 'DynamoDB';
  const body = await bodyOf(request);
  const caller = callers.get(keyIdOf(request));
  if (caller?.name === OPERATOR) {
    const answer = await operator?.({ method, path, target, body });
    if (answer !== undefined) return send(response, answer);
  }
  if (caller !== undefined && path.startsWith('/schedules/')) {
    const answer = askScheduler(caller, { method, path, body }, options);
    if (answer !== undefined) return send(response, answer);
  }
  if (caller === undefined || operation === '') {
    return send(
      response,
      refusal(403, 'UnrecognizedClientException', 'not one of the functions of this run'),
    );
  }
  const secret = secrets?.(target, body);
  if (secret !== undefined) return send(response, secret);
  const call: Call = { functionName: caller.name, service, operation, body };
  calls.add(caller.name, `${service}.${operation}`);
  const denied = permissionsOf(service, operation, body).find(
    ({ action, resource }) => !caller.isAllowed(action, resource, () => partitionOf(body)),
  );
  if (denied !== undefined) {
    const message = notAuthorized(caller, denied.action, denied.resource);
    onDenied?.(message);
    return send(response, refusal(400, 'AccessDeniedException', message));
  }
  const { delayMs = 0, ...interception } = intercept?.(call) ?? {};
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  const cut = 'cut' in interception ? interception.cut : undefined;
  if (cut === 'before') return void response.destroy();
  if ('fail' in interception && interception.fail !== undefined) {
    const { status, code, message } = interception.fail;
    return send(response, refusal(status, code, message));
  }
  // The operator's calls are not part of what the run would cost on AWS.
  const metered = caller.name !== OPERATOR;
  const backend = service === 'SQS' ? sqs : dynamodb;
  const answer = await backend(target, metered ? askForUnits(call) : body, signalOf(response));
  if (metered) meterCall(calls, call, answer.status, answer.body);
  onAnswered?.(call, answer);
  if (cut === 'after') return void response.destroy();
  send(response, answer);
  if (service === 'SQS') unread.answered(socket, operation, body, answer);
}

function askScheduler(
  caller: Caller,
  call: Pick<ScheduleCall, 'method' | 'path' | 'body'>,
  { schedules, calls, onDenied }: GatewayOptions,
): Answer | undefined {
  const answer = schedules?.({
    ...call,
    isAllowed: caller.isAllowed,
    onDenied: (action, resource) => onDenied?.(notAuthorized(caller, action, resource)),
  });
  const operation = call.method === 'POST' ? 'CreateSchedule' : 'DeleteSchedule';
  if (answer !== undefined) calls.add(caller.name, `Scheduler.${operation}`);
  return answer;
}

function notAuthorized({ arn }: Caller, action: string, resource: string): string {
  return `${arn} is not authorized to perform: ${action} on resource: ${resource}`;
}

function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

/** `AWS4-HMAC-SHA256 Credential=KEY/date/region/service/aws4_request, ...` */
function keyIdOf(request: IncomingMessage): string {
  const authorization = request.headers.authorization ?? '';
  const start = authorization.indexOf('Credential=') + 'Credential='.length;
  return authorization.slice(start, authorization.indexOf('/', start));
}

function signalOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    // After the answer nothing uses the signal, and an abort is costly because it creates an error with a
    // stack.
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

function refusal(status: number, code: string, message: string): Answer {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    // SQS and DynamoDB both use `message`; the SDK reads the error's name from `__type`.
    body: JSON.stringify({ __type: code, message }),
  };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
