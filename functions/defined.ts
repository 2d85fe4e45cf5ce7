/** The object without its undefined properties: with `exactOptionalPropertyTypes`, undefined is not the same as missing. */
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
