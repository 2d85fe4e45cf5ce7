/** Temporarily replaces functions and values. */

/** Whether to answer as another place, and where to record what compute used. */
export interface Ask {
  readonly another: boolean;
  readonly note: (what: string) => void;
}

export interface Patch {
  readonly target: object;
  readonly name: string;
  readonly value: unknown;
}

interface Undo {
  readonly target: object;
  readonly name: string;
  /** Undefined: the target had no such property of its own. */
  readonly own: PropertyDescriptor | undefined;
}

type Anything = (...parts: unknown[]) => unknown;
type Replacement = (original: Anything, self: unknown, parts: unknown[]) => unknown;

/** Names of functions that this Node does not have, or that cannot be replaced, are left out. */
export function patchFunctions(target: object, replacements: Readonly<Record<string, Replacement>>): Patch[] {
  return Object.entries(replacements).flatMap(([name, replacement]) => {
    const original: unknown = Reflect.get(target, name);
    const isFixed = Object.getOwnPropertyDescriptor(target, name)?.configurable === false;
    if (!isFunction(original) || isFixed) return [];
    const value = function (this: unknown, ...parts: unknown[]) {
      return replacement(original, this, parts);
    };
    return [{ target, name, value }];
  });
}

export function putIn(patches: readonly Patch[]): Undo[] {
  return patches.map(({ target, name, value }) => {
    const own = Object.getOwnPropertyDescriptor(target, name);
    Object.defineProperty(target, name, {
      configurable: true,
      writable: true,
      enumerable: own?.enumerable ?? true,
      value,
    });
    return { target, name, own };
  });
}

export function putBack(undos: readonly Undo[]): void {
  for (const { target, name, own } of undos.toReversed()) {
    if (own === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, own);
  }
}

function isFunction(value: unknown): value is Anything {
  return typeof value === 'function';
}
