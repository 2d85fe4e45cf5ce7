/**
 * If a process has several invocations at once, they take turns. Lambda gives an environment one at a time, and compute's
 * cache and metrics rely on it. Lambda Managed Instances do not. infra/ refuses them for compute; this is for a function
 * that somebody moved to them by hand: slow, but right.
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
