/** The owner of a file: its package, or the file itself if it belongs to no package. */
export function ownerOf(file: string): string {
  const name = packageIn(file);
  return name === undefined ? file : `package ${name}`;
}

/** The innermost package in a path, or in a stack's line. */
export function packageIn(text: string): string | undefined {
  return [...text.matchAll(/[/\\]node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\:]+)/g)]
    .at(-1)?.[1]
    ?.replace('\\', '/');
}
