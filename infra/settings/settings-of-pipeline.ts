/** The settings of a pipeline's stack: those of its file, replaced by the overrides, and checked. */
import type { Backfill } from '../../functions/backfill.ts';
import type { Limits } from '../../functions/limits.ts';
import { checkSettings } from './check-settings.ts';
import { deriveSettings, type Settings, type SettingsOverride } from './settings.ts';

interface Defined {
  readonly name: string;
  readonly limits: Limits;
  /** Set if the pipeline has a backfill lane. */
  readonly backfill?: Backfill | undefined;
}

/** Later overrides win. */
export function settingsOfPipeline(
  { name, limits, backfill }: Defined,
  ...overrides: readonly SettingsOverride[]
): Settings {
  if (backfill === undefined && overrides.some((override) => override.backfill !== undefined)) {
    throw new Error(
      `settings.backfill is set, but pipeline ${name} has no backfill lane: add backfill: {} to its file, or remove the setting`,
    );
  }
  const lane = backfill && { backfill: { maxConcurrency: backfill.readersMax } };
  const settings = deriveSettings(limits, lane ?? {}, ...overrides);
  checkSettings(settings, limits, `pipeline ${name}`);
  return settings;
}
