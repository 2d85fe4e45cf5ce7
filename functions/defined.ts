/** An object without its properties that are undefined: `exactOptionalPropertyTypes` tells a missing property from one without a value. */
export function defined<Given extends object>(given: Given): Defined<Given> {
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as Defined<Given>;
}

type Optional<Given> = {
  [Name in keyof Given]: undefined extends Given[Name] ? Name : never;
}[keyof Given];

export type Defined<Given> = Omit<Given, Optional<Given>> & {
  [Name in Optional<Given>]?: Exclude<Given[Name], undefined>;
};
