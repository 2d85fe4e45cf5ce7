/** START HERE: the construct for a CDK app, `weir-pipelines/infra` in package.json. How to use it: docs/deploy.md. */

export type { Budget } from './budget.ts';
export type { Bundling } from './bundling/bundle.ts';
export type { Every } from './every.ts';
export type { Feed } from './feed.ts';
export type { KafkaFeed, MskCluster, OtherCluster, RecordFeeds, StreamChoice } from './feeds/record-feeds.ts';
export type { ScheduledPause } from './pauses.ts';
export type { WeirPipelineProps } from './pipeline-props.ts';
export type { QueuePair } from './pipeline-queue.ts';
export { PipelineStack } from './pipeline-stack.ts';
export type { Settings, SettingsOverride } from './settings/settings.ts';
export { WeirPipeline } from './weir-pipeline.ts';
