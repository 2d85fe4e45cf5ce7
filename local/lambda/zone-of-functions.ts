/**
 * On Lambda the TZ variable sets a function's time zone. Here all functions share the zone of the process.
 */
import { OperatorError } from '../../model/operator-error.ts';

type Variables = Readonly<Record<string, string>>;

/**
 * Threads that start from now on use the functions' zone. Returns a function that restores the process's own.
 */
export function enterZoneOf(functions: readonly Variables[]): () => void {
  const zones = new Set(functions.map(({ TZ = ':UTC' }) => TZ));
  if (zones.size > 1) {
    throw new OperatorError(
      `a local run has one time zone for all functions, and TZ asks for ${[...zones].join(' and ')}: give all the same`,
    );
  }
  const language = functions.map(({ LANG = LAMBDA_LANG }) => LANG).find((lang) => lang !== LAMBDA_LANG);
  if (language !== undefined) {
    throw new OperatorError(
      `a local run has ${LAMBDA_LANG}, and LANG asks for ${language}: leave it out here`,
    );
  }
  const [zone = ':UTC'] = zones;
  const { TZ: before } = process.env;
  // Tests of a project may set their own zone; Lambda's default was set at the start.
  if (zone === ':UTC') return () => {};
  process.env['TZ'] = zone;
  return () => {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  };
}

const LAMBDA_LANG = 'en_US.UTF-8';
