/** The pipelines that this app deploys, one stack each, and the deployments, each with its own settings. */

import type { WeirPipelineProps } from './pipeline-props.ts';
import type { SettingsOverride } from './settings/settings.ts';

export interface PipelineConfig
  extends Omit<WeirPipelineProps, 'bundled' | 'entry' | 'identity' | 'settings'> {
  /** The pipeline's file, relative to the project. */
  readonly file: string;
}

export const pipelines: Readonly<Record<string, PipelineConfig>> = {
  clicks: { file: 'pipelines/clicks.ts', resultsQueue: true },
};

/** The option `-c deployment=NAME` chooses one. The name of a stack ends with it. */
export const deployments: Readonly<Record<string, SettingsOverride>> = {
  production: { logs: { retentionDays: 90 } },
  development: { logs: { retentionDays: 7, tracedPercent: 100 }, undelivered: { retentionDays: 14 } },
};

export const DEFAULT_DEPLOYMENT = 'production';
