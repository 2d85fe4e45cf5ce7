/**
 * Lets a module of the SDK import each name from the file that declares it. As they are, these modules import from index files,
 * which name hundreds of other files, and esbuild reads and parses every file that is named, used or not.
 */
import {
  DEFAULT_IMPORT,
  IMPORT,
  namesIn,
  readModule,
  type SdkModule,
  withoutPassedOn,
} from './sdk-module.ts';

export interface Modules {
  readonly textOf: (file: string) => string;
  /** The file that a specifier names; undefined if it is not a module of the SDK. */
  readonly fileOf: (specifier: string, from: string) => string | undefined;
  /** The specifier of a file in the texts that are returned. */
  readonly specifierOf: (file: string) => string;
}

export interface StraightImports {
  /** The text of a file. It no longer exports what it only passes on, because nothing imports that from it. */
  textOf(file: string): string;
  /** The text of a module that exports these names of a file, and no others. */
  only(names: readonly string[], file: string): string;
}

export function straightImports(modules: Modules): StraightImports {
  const { textOf, fileOf, specifierOf } = modules;
  const placeOf = placesIn(modules);
  const statements = (word: 'import' | 'export', names: string, file: string): string =>
    namesIn(names)
      .map(({ name, as }) => {
        // A name that is declared nowhere stays a name of the file, and esbuild refuses it there.
        const place = placeOf(name, file) ?? { name, specifier: specifierOf(file) };
        return `${word} { ${place.name} as ${as} } from ${JSON.stringify(place.specifier)};`;
      })
      .join('');
  return {
    textOf(file) {
      const named = textOf(file).replace(IMPORT, (given, names: string, specifier: string) => {
        const from = fileOf(specifier, file);
        return from === undefined ? given : statements('import', names, from);
      });
      const all = named.replace(DEFAULT_IMPORT, (given, specifier: string) => {
        const from = fileOf(specifier, file);
        return from === undefined ? given : given.replace(specifier, specifierOf(from));
      });
      return withoutPassedOn(all);
    },
    only: (names, file) => statements('export', names.join(), file),
  };
}

interface Place {
  readonly name: string;
  readonly specifier: string;
}

/** Finds where a name that a file exports is declared. */
function placesIn({ textOf, fileOf, specifierOf }: Modules) {
  const known = new Map<string, SdkModule>();
  return function placeOf(name: string, file: string): Place | undefined {
    const module = known.get(file) ?? readModule(textOf(file));
    known.set(file, module);
    const inside = module.own.get(name);
    const origin =
      module.passedOn.get(name) ?? (inside === undefined ? undefined : module.imports.get(inside));
    if (origin !== undefined) {
      const next = fileOf(origin.specifier, file);
      return next === undefined ? origin : placeOf(origin.name, next);
    }
    if (inside !== undefined) return { name, specifier: specifierOf(file) };
    for (const specifier of module.whole) {
      const next = fileOf(specifier, file);
      const place = next === undefined ? undefined : placeOf(name, next);
      if (place !== undefined) return place;
    }
    return undefined;
  };
}
