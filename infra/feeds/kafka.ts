/**
 * A feed of a Kafka topic, on an MSK cluster or other brokers, and how Lambda authenticates to them.
 * https://docs.aws.amazon.com/lambda/latest/dg/msk-cluster-auth.html
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-cluster-auth.html
 */
import { type SourceAccessConfiguration, SourceAccessConfigurationType } from 'aws-cdk-lib/aws-lambda';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Use } from '../use.ts';
import { checkKafka } from './check-kafka.ts';
import { decrypt, type FedPipeline, type FeedFunction } from './feed-parts.ts';
import type { KafkaFeed, MskCluster } from './record-feeds.ts';

const TYPES = {
  plain: SourceAccessConfigurationType.BASIC_AUTH,
  scram256: SourceAccessConfigurationType.SASL_SCRAM_256_AUTH,
  scram512: SourceAccessConfigurationType.SASL_SCRAM_512_AUTH,
  mtls: SourceAccessConfigurationType.CLIENT_CERTIFICATE_TLS_AUTH,
} as const;

export function kafkaFeed({ surroundings }: FedPipeline, id: string, kafka: KafkaFeed): FeedFunction {
  checkKafka(kafka);
  const { topic, name, from, filters } = kafka;
  const group = kafka.consumerGroup ?? `weir-${surroundings.identity.replace(/[^A-Za-z0-9-]/g, '-')}-${id}`;
  const secrets = secretsOf(kafka);
  const access = [
    ...secrets.map(({ type, secret }) => ({ type, uri: secret.secretArn })),
    ...networkOf(kafka),
  ];
  return {
    id,
    kind: 'kafka',
    ...(name === undefined ? {} : { name }),
    uses: [
      ...('cluster' in kafka ? usesOfCluster(kafka, group) : []),
      ...secrets.flatMap(({ secret }) => [
        { actions: ['secretsmanager:GetSecretValue'], resource: secret.secretArn, wildcard: SECRET },
        ...decrypt(secret.encryptionKey),
      ]),
      ...('cluster' in kafka || kafka.network !== undefined ? [useOfNetwork] : []),
    ],
    mapping: {
      ...('cluster' in kafka
        ? { eventSourceArn: kafka.cluster }
        : { kafkaBootstrapServers: [...kafka.bootstrapServers] }),
      kafkaTopic: topic,
      kafkaConsumerGroupId: group,
      ...(access.length === 0 ? {} : { sourceAccessConfigurations: access }),
    },
    stream: { ...(from && { from }), ...(filters && { filters }) },
  };
}

const SECRET =
  'Of a secret that is known by its name, the last six characters of the ARN are not known beforehand.';

interface OfSecret {
  readonly type: SourceAccessConfigurationType;
  readonly secret: ISecret;
}

function secretsOf(kafka: KafkaFeed): OfSecret[] {
  const { auth } = kafka;
  const own =
    typeof auth === 'string'
      ? []
      : Object.entries(TYPES).flatMap(([name, type]) => {
          const secret = Object.entries(auth).find(([given]) => given === name)?.[1];
          return secret === undefined ? [] : [{ type, secret }];
        });
  const root = 'rootCertificate' in kafka ? kafka.rootCertificate : undefined;
  const type = SourceAccessConfigurationType.SERVER_ROOT_CA_CERTIFICATE;
  return [...own, ...(root === undefined ? [] : [{ type, secret: root }])];
}

function networkOf(kafka: KafkaFeed): SourceAccessConfiguration[] {
  const network = 'network' in kafka ? kafka.network : undefined;
  if (network === undefined) return [];
  return [
    ...network.subnets.map(({ subnetId }) => ({
      type: SourceAccessConfigurationType.VPC_SUBNET,
      uri: `subnet:${subnetId}`,
    })),
    {
      type: SourceAccessConfigurationType.VPC_SECURITY_GROUP,
      uri: `security_group:${network.securityGroup.securityGroupId}`,
    },
  ];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html */
function usesOfCluster(
  { cluster, topic, auth }: MskCluster & { readonly topic: string },
  group: string,
): Use[] {
  const describe = { actions: ['kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'], resource: cluster };
  if (auth !== 'iam') return [describe];
  const within = (kind: string, name: string) => `${cluster.replace(':cluster/', `:${kind}/`)}/${name}`;
  return [
    describe,
    {
      actions: ['kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration'],
      resource: cluster,
    },
    { actions: ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], resource: within('topic', topic) },
    {
      actions: ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'],
      resource: within('group', group),
    },
  ];
}

/** Lambda's pollers run in the brokers' network. */
const useOfNetwork: Use = {
  actions: [
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeSubnets',
    'ec2:DescribeVpcs',
  ],
  resource: '*',
  wildcard:
    'Lambda makes network interfaces with the role of the function; their names are not known beforehand.',
};
