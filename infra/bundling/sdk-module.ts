/**
 * What a module of the SDK imports and exports. The SDK's ES modules are generated, with each import and export on a line of its
 * own, so patterns can read them. What no pattern matches stays as it is.
 */

export interface SdkModule {
  /** The names that the module imports, and those that it exports from another module. */
  readonly imports: ReadonlyMap<string, Origin>;
  readonly passedOn: ReadonlyMap<string, Origin>;
  /** The other names that it exports, with their names inside of it. */
  readonly own: ReadonlyMap<string, string>;
  /** Modules that it exports every name of. */
  readonly whole: readonly string[];
}

/** A name in another module. */
export interface Origin {
  readonly name: string;
  readonly specifier: string;
}

export const IMPORT = /^ *import \{([^}]*)\} from ["']([^"']+)["'];/gm;
/** `import all from './file'` */
export const DEFAULT_IMPORT = /^ *import [\w$]+ from ["'](\.[^"']+)["'];/gm;
const PASSED_ON = /^ *export \{([^}]*)\} from ["']([^"']+)["'];/gm;
const WHOLE = /^ *export \* from ["']([^"']+)["'];/gm;
const LISTED = /^ *export \{([^}]*)\};/gm;
const DECLARED = /^ *export (?:async )?(?:const|let|var|class|function\*?) ([\w$]+)/gm;

export function readModule(text: string): SdkModule {
  const declared = [...text.matchAll(DECLARED)].map(([, name = '']) => [name, name] as const);
  const listed = [...text.matchAll(LISTED)].flatMap(([, names = '']) => namesIn(names));
  return {
    imports: originsIn(text, IMPORT),
    passedOn: originsIn(text, PASSED_ON),
    own: new Map([...declared, ...listed.map(({ name, as }) => [as, name] as const)]),
    whole: [...text.matchAll(WHOLE)].map(([, specifier = '']) => specifier),
  };
}

export function withoutPassedOn(text: string): string {
  return text.replace(PASSED_ON, '').replace(WHOLE, '');
}

function originsIn(text: string, pattern: RegExp): ReadonlyMap<string, Origin> {
  return new Map(
    [...text.matchAll(pattern)].flatMap(([, names = '', specifier = '']) =>
      namesIn(names).map(({ name, as }) => [as, { name, specifier }] as const),
    ),
  );
}

/** `a, b as c`: the names in the other module and in this one. */
export function namesIn(list: string): { readonly name: string; readonly as: string }[] {
  return [...list.matchAll(/([\w$]+)(?: as ([\w$]+))?/g)].map(([, name = '', as = name]) => ({ name, as }));
}
