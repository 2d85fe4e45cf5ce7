/** Plain JavaScript, for every Node there is: an older one would only print a trace of what it does not know. */
import { IS_CLONE } from './where-from.mjs';

/** The sources use what Node 24 brought, which the build replaces. From 22.18 on Node runs a pipeline in TypeScript. */
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
