/** The entry of the CDK's command line, see cdk.json. Start it through npx, which brings the project's own Node. */
import { RECEIPT_REACH_DAYS } from '../functions/limits.ts';
import { synthesize } from './synthesize.ts';

try {
  for (const { name, pipeline } of await synthesize()) {
    const days = pipeline.limits.resubmitWithinMs / 86_400_000;
    // To the error stream: the template goes to the other one.
    console.error(
      `${name}: what SQS repeats has one effect for ${RECEIPT_REACH_DAYS} days (5 times a queue's retention); ` +
        `a submitter may use a request id again within ${Number(days.toFixed(3))} days.`,
    );
  }
} catch (error) {
  // The message says what to change; the way it took through the CDK helps nobody.
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
