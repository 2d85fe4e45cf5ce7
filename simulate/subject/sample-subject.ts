/** The campaign's own subject: the sample, with the requests and modes that a seed draws. */
import { defaultLimits } from '../../functions/limits.ts';
import { createOracle } from '../oracle/oracle.ts';
import { createChance } from '../world/chance.ts';
import { drawKnobs, turnKnobs } from '../world/knobs.ts';
import { hasBackfill } from '../world/lanes.ts';
import { drawNumbers } from '../world/numbers.ts';
import { drawWorkload } from './draw-workload.ts';
import { withFeed } from './feeds.ts';
import { withGaps } from './gaps.ts';
import { withHistory } from './histories.ts';
import { withMerge } from './merges.ts';
import { withMigrations } from './migrations.ts';
import { drawMode } from './mode.ts';
import { withRequestsOfWrites } from './requests-of-writes.ts';
import { samplePipeline } from './sample.ts';
import type { Workload } from './sample-requests.ts';
import { shadowOf } from './shadow.ts';
import type { Subject } from './subject.ts';
import { withSubmitted } from './submitted-requests.ts';
import { withWakes } from './wakes.ts';

export const sampleSubject: Subject = {
  limits: defaultLimits,
  draw(seed) {
    const mode = drawMode(createChance(seed, 8));
    const knobs = drawKnobs(createChance(seed, 1), mode);
    turnKnobs(knobs);
    return {
      workload: drawn(drawWorkload(createChance(seed, 2), knobs, mode), seed),
      about: `${JSON.stringify(mode)} knobs ${JSON.stringify(knobs)}`,
    };
  },
  keyLife: true,
  shadow: shadowOf,
  lanes: hasBackfill,
  numbers: drawNumbers,
  judge: createOracle,
  pipelineOn: (own, computer, world) => samplePipeline(own, world, computer),
};

function drawn(workload: Workload, seed: number): Workload {
  const own = withRequestsOfWrites(withWakes(withSubmitted(workload, seed), seed), seed);
  const timed = withHistory(withGaps(withMerge(own, seed), seed), seed);
  return withFeed(withMigrations(timed, seed), seed);
}
