/** How a stack on this machine is started. */
import type { Clock, Random } from '../functions/ports.ts';
import type { Chaos } from './chaos.ts';
import type { Call, Interception } from './gateway/gateway.ts';
import type { SecretValues } from './gateway/secrets.ts';
import type { FunctionWatch } from './lambda/watch-function.ts';

export interface StackOptions extends FunctionWatch {
  /** Added to every function's environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the pipeline's secrets say in this run, by name: one for each that it has. */
  readonly secrets?: SecretValues;
  /** By function, the environments to start before the first message. */
  readonly prewarm?: Readonly<Record<string, number>>;
  /** The same, and nobody waits for them: they start while the first messages are worked on. */
  readonly ahead?: Readonly<Record<string, number>>;
  /** A function has taken up an invocation (1), or has ended one (-1). */
  readonly onWork?: (functionName: string, change: 1 | -1) => void;
  /** Something is wrong with the run itself. */
  readonly onError?: (error: unknown) => void;
  readonly intercept?: (call: Call) => Interception | undefined;
  /** Makes things go wrong; brings its own clock and interception. */
  readonly chaos?: Chaos;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Default: this process's. AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL_DYNAMODB or AWS_ENDPOINT_URL name engines to use. */
  readonly processEnv?: Readonly<Record<string, string | undefined>>;
  readonly streamBackoffMs?: number;
  /** How long the budget meters before it looks; see budget.ts. */
  readonly budgetPeriodMs?: number;
}
