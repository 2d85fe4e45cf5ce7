/** The parts of a pipeline for the rest of the app: its queues, grants and metrics. */
import { type Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type MetricName, stageOf } from '../functions/metric-names.ts';
import type { QueuePair } from './pipeline-queue.ts';
import { ageOf, outputAge, weirMetric } from './watched.ts';

export abstract class PipelineHandles extends Construct {
  /** The name in metrics, log lines and the dashboard. */
  abstract readonly identity: string;
  abstract readonly requests: QueuePair;
  abstract readonly readings: QueuePair;
  abstract readonly results: QueuePair | undefined;
  /** Set if the pipeline has `backfill`: the queue for requests for older data. */
  abstract readonly backfillQueue: Queue | undefined;
  abstract readonly table: Table;
  abstract readonly writer: LambdaFunction;

  /** The queue that requests are sent to. */
  get requestsQueue(): Queue {
    return this.requests.queue;
  }

  get readingsQueue(): Queue {
    return this.readings.queue;
  }

  /** The queue to which `write` can send results; undefined without `resultsQueue`. */
  get resultsQueue(): Queue | undefined {
    return this.results?.queue;
  }

  /** The dead-letter queues of requests, readings and results. */
  get deadLetterQueues(): {
    readonly requests: Queue;
    readonly readings: Queue;
    readonly results: Queue | undefined;
  } {
    return {
      requests: this.requests.deadLetterQueue,
      readings: this.readings.deadLetterQueue,
      results: this.results?.deadLetterQueue,
    };
  }

  /** Lets the grantee send requests. */
  grantSubmit(grantee: IGrantable): Grant {
    return this.requests.queue.grantSendMessages(grantee);
  }

  /** Lets the grantee send requests to the backfill lane, which uses only a share of each source. */
  grantBackfill(grantee: IGrantable): Grant {
    if (this.backfillQueue !== undefined) return this.backfillQueue.grantSendMessages(grantee);
    throw new Error(
      `${this.node.path}: its pipeline has no backfill lane: add backfill: {} to the pipeline's file, or use grantSubmit`,
    );
  }

  /**
   * Lets the grantee forget keys (the client's `forget`). This is the permission to send to the readings queue. SQS cannot tell
   * commands from readings, so the grantee could send readings too.
   */
  grantForget(grantee: IGrantable): Grant {
    return this.readings.queue.grantSendMessages(grantee);
  }

  /** Lets the grantee read states, and the parked messages and dead letters beside them. It cannot list the keys. */
  grantReadState(grantee: IGrantable): Grant {
    const { table } = this;
    table.encryptionKey?.grantDecrypt(grantee);
    return Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'],
      resourceArns: [table.tableArn],
    });
  }

  /** A metric that the functions send, by its name in functions/metric-names.ts. Default: the sum of 5 minutes. */
  metric(name: MetricName, options: MetricOptions = {}): Metric {
    return weirMetric(this, stageOf(name), name).with(options);
  }

  metricReadsDone(options?: MetricOptions): Metric {
    return this.metric('ReadsDone', options);
  }

  metricReadsFailed(options?: MetricOptions): Metric {
    return this.metric('ReadsFailed', options);
  }

  metricReadsDead(options?: MetricOptions): Metric {
    return this.metric('ReadsDead', options);
  }

  /** Reads that a source refused. */
  metricReadsRefused(options?: MetricOptions): Metric {
    return this.metric('ReadsRefused', options);
  }

  metricReadingsApplied(options?: MetricOptions): Metric {
    return this.metric('ReadingsApplied', options);
  }

  metricReadingsDead(options?: MetricOptions): Metric {
    return this.metric('ReadingsDead', options);
  }

  metricStoppedKeys(options?: MetricOptions): Metric {
    return this.metric('StoppedKeys', options);
  }

  metricStateBytes(options?: MetricOptions): Metric {
    return this.metric('StateBytes', { statistic: Stats.MAXIMUM, ...options });
  }

  metricOutputsWritten(options?: MetricOptions): Metric {
    return this.metric('OutputsWritten', options);
  }

  metricWritesFailed(options?: MetricOptions): Metric {
    return this.metric('WritesFailed', options);
  }

  /** How long the oldest request has waited, in seconds. */
  metricRequestsAge(options?: MetricOptions): Metric {
    return ageOf(this.requests.queue).with(options ?? {});
  }

  /** How long the oldest reading has waited, in seconds. */
  metricReadingsAge(options?: MetricOptions): Metric {
    return ageOf(this.readings.queue).with(options ?? {});
  }

  /** How old outputs are when they are written, in milliseconds. */
  metricOutputsAge(options?: MetricOptions): Metric {
    return outputAge(this).with(options ?? {});
  }
}
