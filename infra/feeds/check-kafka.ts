/** Refuses, at synth, a Kafka feed that could never read its topic. */
import { Token } from 'aws-cdk-lib/core';
import type { KafkaFeed } from './record-feeds.ts';

export function checkKafka(kafka: KafkaFeed): void {
  const { topic, name, auth } = kafka;
  const cannot = (what: string): never => {
    throw new Error(`feed.kafka: the topic ${JSON.stringify(topic)} ${what}`);
  };
  // https://kafka.apache.org/documentation/#operations_resource_and_protocol
  if (typeof topic !== 'string' || (!Token.isUnresolved(topic) && !/^[A-Za-z0-9._-]{1,249}$/.test(topic))) {
    cannot('is not a valid name: use 1 to 249 letters, digits, dots, hyphens and underscores');
  }
  if (name !== undefined && !/^[!-~]{1,249}$/.test(name)) {
    cannot(
      `has the name ${JSON.stringify(name)} for its ids: use 1 to 249 letters, digits and punctuation marks`,
    );
  }
  if (auth === undefined) {
    cannot(
      `has no auth, so Lambda would have no right to read it: give auth: ${
        'cluster' in kafka
          ? "'iam', { scram512: secret }, { mtls: secret }"
          : '{ plain: secret }, { scram512: secret }, { mtls: secret }'
      } or 'none'`,
    );
  }
  if ('cluster' in kafka) {
    if (
      !Token.isUnresolved(kafka.cluster) &&
      !/^arn:[^:]+:kafka:[^:]+:\d+:cluster\/[^/]+\/[^/]+$/.test(kafka.cluster)
    ) {
      cannot(
        `is of the cluster ${JSON.stringify(kafka.cluster)}, which is no ARN of an MSK cluster: arn:aws:kafka:REGION:ACCOUNT:cluster/NAME/UUID`,
      );
    }
    return;
  }
  checkBrokers(kafka, cannot);
}

function checkBrokers(
  { bootstrapServers, network, auth }: Exclude<KafkaFeed, { cluster: string }>,
  cannot: (what: string) => never,
): void {
  // A JavaScript app may say so. https://docs.aws.amazon.com/lambda/latest/dg/kafka-cluster-auth.html
  const named: unknown = auth;
  if (named === 'iam') {
    cannot(
      "has auth 'iam' and bootstrapServers: Lambda signs in with IAM on MSK only; give cluster: ARN, or another auth",
    );
  }
  const wrong = bootstrapServers.find(
    (server) => !Token.isUnresolved(server) && !/^[^\s:/]+:\d{1,5}$/.test(server),
  );
  if (wrong !== undefined || bootstrapServers.length === 0) {
    cannot(`has the bootstrap server ${JSON.stringify(wrong ?? '')}: give one or more as "host:port"`);
  }
  if (auth === 'none' && network === undefined) {
    cannot(
      "has auth 'none' and no network: over the internet Lambda reads no brokers without auth; give one of both",
    );
  }
}
