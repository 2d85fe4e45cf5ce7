/** The entry of the CDK's command line (cdk.json). Start it with npx, which uses the project's own Node. */
import { RECEIPT_REACH_DAYS } from '../functions/limits.ts';
import { bundlesOnce } from './bundling/once.ts';
import { synthesize } from './synthesize.ts';

bundlesOnce(process.env);
try {
  for (const { name, pipeline } of await synthesize()) {
    const days = pipeline.limits.resubmitWithinMs / 86_400_000;
    // Written to stderr, because the template goes to stdout.
    console.error(
      `${name}: what SQS repeats has one effect for ${RECEIPT_REACH_DAYS} days (5 times a queue's retention); ` +
        `a submitter may use a request id again within ${Number(days.toFixed(3))} days.`,
    );
  }
} catch (error) {
  // The message says what to change. The CDK's stack trace would not help.
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
