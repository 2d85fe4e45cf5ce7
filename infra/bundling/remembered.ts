/** Remembers what a function returned for each text. For what stays as it is while a process runs: the installed SDK. */
export function remembered<T>(find: (text: string) => T): (text: string) => T {
  const found = new Map<string, { readonly value: T }>();
  return (text) => {
    const known = found.get(text) ?? { value: find(text) };
    found.set(text, known);
    return known.value;
  };
}
