import type { Pipeline } from '../../../functions/pipeline.ts';
import { buildCompute, buildPipeline, type ComputeStage } from '../../builders.ts';

/** A compute whose state lists what was applied; `bad` cannot be, unless `fixed` is in the list. */
export function buildList(parts: Partial<Pipeline> = {}, known: Partial<ComputeStage> = {}): ComputeStage {
  const pipeline = buildPipeline({
    initial: () => [],
    compute: (state, reading) => {
      const list: unknown[] = Array.isArray(state) ? state : [];
      if (reading === 'bad' && !list.includes('fixed')) throw new Error('it is bad');
      return [...list, reading];
    },
    ...parts,
  });
  return buildCompute({ pipeline, ...known });
}
