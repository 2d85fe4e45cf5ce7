/** In what the second build of a run differs from the first: the formats that it writes, an attribute, or the state's version. */
export type SecondBuild = 'newer formats' | 'another attribute' | 'another state';
