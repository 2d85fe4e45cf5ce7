/** The entry of the CDK's command line, see cdk.json. Start it through npx, which brings the project's own Node. */
import { synthesize } from './synthesize.ts';

try {
  await synthesize();
} catch (error) {
  // The message says what to change; the way it took through the CDK helps nobody.
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
