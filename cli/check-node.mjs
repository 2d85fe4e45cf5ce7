/**
 * Plain JavaScript that every Node version can run: an older one would fail on newer syntax with a stack
 * trace.
 */
import { IS_CLONE } from './where-from.mjs';

/**
 * The sources need Node 24; the build replaces its features for the package. Node runs TypeScript pipelines
 * from 22.18 on.
 */
const [leastMajor, leastMinor] = IS_CLONE ? [24, 0] : [22, 18];
const wayOut = IS_CLONE
  ? 'On Linux npm ci brings it; elsewhere install Node 24.'
  : 'Install Node 24, which the deployed functions run on as well: https://nodejs.org';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
  const least = leastMinor === 0 ? `${leastMajor}` : `${leastMajor}.${leastMinor} or newer`;
  console.error(`Weir needs Node ${least}, this is ${process.version}. ${wayOut}`);
  process.exit(1);
}
