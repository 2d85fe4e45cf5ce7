/** Plain JavaScript, for every Node there is: what follows needs Node 24, and an older one would only print a trace. */
const [major] = process.versions.node.split('.');
if (Number(major) < 24) {
  console.error(
    `Weir needs Node 24, this is ${process.version}. On Linux npm ci brings it; elsewhere install Node 24.`,
  );
  process.exit(1);
}
