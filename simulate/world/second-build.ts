/**
 * How the second build of a run differs from the first: its formats, an attribute, or the version of its
 * state.
 */
export type SecondBuild = 'newer formats' | 'another attribute' | 'another state';
