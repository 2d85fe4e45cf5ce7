/**
 * Makes the invocations of a process take turns. Compute's cache and metrics rely on one invocation at a time, which Lambda
 * guarantees and Lambda Managed Instances do not. infra/ refuses these for compute. If somebody moves the function to them by
 * hand, it is slow but correct.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export const INITIALIZATION_TYPE = 'AWS_LAMBDA_INITIALIZATION_TYPE';
export const MANAGED_INSTANCES = 'lambda-managed-instances';

type Handler<Event, Context, Answer> = (event: Event, context: Context) => Promise<Answer>;

export function oneAtATime<Event, Context, Answer>(
  handle: Handler<Event, Context, Answer>,
): Handler<Event, Context, Answer> {
  let last: Promise<unknown> = Promise.resolve();
  return (event, context) => {
    const turn = last.then(() => handle(event, context));
    last = turn.catch(() => undefined);
    return turn;
  };
}
