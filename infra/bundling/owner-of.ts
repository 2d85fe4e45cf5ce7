/** Whose a file is: the package that it belongs to, or the file itself where it belongs to none. */
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
