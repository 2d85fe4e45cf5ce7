/**
 * A client for the simulated scheduler over the simulated network, in place of
 * functions/aws/wake-scheduler.ts.
 */
import type { WakeScheduler } from '../../functions/ports.ts';
import { asNewerBody } from './newer-format.ts';
import type { Services } from './services.ts';
import type { Environment } from './simulated-environment.ts';

export function simulatedScheduler(
  own: Environment,
  { network, schedules, secondBuild }: Services,
): WakeScheduler {
  const isNewer = secondBuild === 'newer formats' && own.build > 1;
  return {
    set: (message) =>
      network.call(own, 'sqs', () =>
        schedules.set(isNewer ? { ...message, body: asNewerBody(message.body) } : message),
      ),
    cancel: (id) => network.call(own, 'sqs', () => schedules.cancel(id)),
  };
}
