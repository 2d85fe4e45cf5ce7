/** The settings of a pipeline's stack: those of its file, replaced by the overrides, and checked. */
import type { Backfill } from '../../functions/backfill.ts';
import type { Limits } from '../../functions/limits.ts';
import { checkSettings } from './check-settings.ts';
import { assertSettingsOverride, deriveSettings, type Settings, type SettingsOverride } from './settings.ts';

interface Defined {
  readonly name: string;
  readonly limits: Limits;
  /** Set if the pipeline has a backfill lane. */
  readonly backfill?: Backfill | undefined;
}

/** Later overrides win. They are checked, because an app may be JavaScript, or take its settings from a file. */
export function settingsOfPipeline(
  { name, limits, backfill }: Defined,
  ...given: readonly unknown[]
): Settings {
  const known = deriveSettings(limits, { backfill: { maxConcurrency: 2 } });
  const overrides = given.map((override): SettingsOverride => {
    assertSettingsOverride(override, known);
    return override;
  });
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
