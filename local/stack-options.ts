/** The options for starting a stack on this machine. */
import type { Clock, Random } from '../functions/ports.ts';
import type { Chaos } from './chaos.ts';
import type { Call, Interception } from './gateway/call.ts';
import type { SecretValues } from './gateway/secrets.ts';
import type { FunctionWatch } from './lambda/watch-function.ts';

export interface StackOptions extends FunctionWatch {
  /** Added to every function's environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** A value for each secret of the pipeline, by name. */
  readonly secrets?: SecretValues;
  /** Environments to start before the first message, by function. */
  readonly prewarm?: Readonly<Record<string, number>>;
  /** Environments to start while the first messages are worked on, by function. */
  readonly ahead?: Readonly<Record<string, number>>;
  /** A function has begun (1) or ended (-1) an invocation. */
  readonly onWork?: (functionName: string, change: 1 | -1) => void;
  /** An error of the run itself. */
  readonly onError?: (error: unknown) => void;
  readonly intercept?: (call: Call) => Interception | undefined;
  /** Causes failures; has its own clock and interception. */
  readonly chaos?: Chaos;
  readonly clock?: Clock;
  readonly random?: Random;
  /**
   * Default: this process's. AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL_DYNAMODB or AWS_ENDPOINT_URL name
   * external engines.
   */
  readonly processEnv?: Readonly<Record<string, string | undefined>>;
  readonly streamBackoffMs?: number;
  /** How long a stack that is stopped lets invocations end. */
  readonly stopWithinMs?: number;
  /** The budget's period in ms; see budget.ts. */
  readonly budgetPeriodMs?: number;
}
