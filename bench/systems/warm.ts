/** Environments at the start of a run, as many as an event source mapping starts with. */
export const WARM = 5;
