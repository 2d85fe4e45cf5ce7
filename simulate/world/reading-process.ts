/**
 * A process for separate reads, on the virtual clock. A read that ends its process ends only this one. The
 * process itself runs the product's code (functions/reader/reading-process.ts).
 */

import type { Pipeline } from '../../functions/pipeline.ts';
import type { Ending, StartReading } from '../../functions/reader/apart.ts';
import { createReads, orElse } from '../../functions/reader/reading-process.ts';
import type { Oracle } from '../oracle/oracle.ts';
import type { Computer, Environment } from './simulated-environment.ts';

const START_MS = 100;

export function simulatedReading(
  own: Environment,
  oracle: Pick<Oracle, 'count'>,
  pipelineOn: (computer: Computer) => Pipeline,
): StartReading {
  return () => {
    oracle.count('readApart');
    let ended: string | undefined;
    const waiting = new Set<(ending: Ending) => void>();
    const end = (reason: string) => {
      if (ended !== undefined) return;
      ended = reason;
      for (const settle of waiting) settle({ kind: 'ended', reason });
    };
    const process: Computer = {
      build: own.build,
      spend: own.spend,
      kill(reason) {
        if (ended === undefined) oracle.count('readingProcessEnded');
        end(reason);
      },
      hoard: () => process.kill('no memory left'),
    };
    const read = createReads(pipelineOn(process), own.clock);
    return {
      started: own.clock.sleep(START_MS).then(() => true),
      end,
      read: (message, deadlineMs, note, enter) =>
        new Promise((settle, refuse) => {
          if (ended !== undefined) return settle({ kind: 'ended', reason: ended });
          waiting.add(settle);
          const noteHere = (opened: Parameters<typeof note>[0]) => {
            if (ended === undefined) note(opened);
          };
          void read(message, deadlineMs, noteHere, enter && orElse(enter, refuse))
            .then(settle)
            .finally(() => waiting.delete(settle));
        }),
    };
  };
}
