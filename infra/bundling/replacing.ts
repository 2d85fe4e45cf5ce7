/** Files that match the pattern get the text that the function returns for their own text. */
export type Replacement = readonly [RegExp, (text: string) => string];

/** Replaces a part of a file. If a new version of the SDK lacks it, bundling fails and names it. */
export function replacing(part: string, by: string): (text: string) => string {
  return (text) => {
    if (!text.includes(part))
      throw new Error(`this version of the SDK has no ${JSON.stringify(part)} to replace`);
    return text.replace(part, () => by);
  };
}

/** A file that exports the same names. Those that are not given here are undefined. */
export function exporting(given: Readonly<Record<string, string>> = {}): (text: string) => string {
  return (text) =>
    [...text.matchAll(/^export (?:const|function|class) (\w+)/gm)]
      .map(([, name = '']) => `export const ${name} = ${given[name] ?? 'undefined'};`)
      .join('\n');
}
