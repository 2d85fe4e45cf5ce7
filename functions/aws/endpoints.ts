/**
 * Where calls go. The SDK's own rules are 15 KB of every bundle and copy all settings of the client at each call, most of it for
 * account ids and ARNs in hosts, which Weir does not use. The tests hold this beside them, for every partition.
 * https://docs.aws.amazon.com/general/latest/gr/rande.html
 */

const COMMON = ['', 'amazonaws.com', 'api.aws'] as const;
/** Of a partition: how the names of its regions begin, and how hosts in it end, with dual stack too. */
const PARTITIONS = [
  ['cn-', 'amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  ['us-gov-', 'amazonaws.com', 'api.aws'],
  ['us-iso-', 'c2s.ic.gov', 'api.aws.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov', 'api.aws.scloud'],
  ['eu-isoe-', 'cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk'],
  ['us-isof-', 'csp.hci.ic.gov', 'api.aws.hci.ic.gov'],
  ['eusc-', 'amazonaws.eu', 'api.amazonwebservices.eu'],
] as const;

/** Of a client's settings, as the SDK has completed them. */
export interface EndpointConfig {
  readonly region: () => Promise<string>;
  readonly useFipsEndpoint: () => Promise<boolean>;
  readonly useDualstackEndpoint: () => Promise<boolean>;
  /** AWS_ENDPOINT_URL and its like. */
  readonly serviceConfiguredEndpoint?: () => Promise<string | undefined>;
}

/** Of a service whose calls name no other place: by the region, and by what the settings say of FIPS and dual stack. */
export async function endpointOf(service: string, config: EndpointConfig): Promise<URL> {
  const [given, region, isFips, isDualStack] = await Promise.all([
    config.serviceConfiguredEndpoint?.(),
    config.region(),
    config.useFipsEndpoint(),
    config.useDualstackEndpoint(),
  ]);
  if (given === undefined || given === '')
    return new URL(`https://${hostOf(service, region, isFips, isDualStack)}`);
  if (isFips || isDualStack) {
    throw new Error(
      `AWS_ENDPOINT_URL is ${given}: it cannot be used with AWS_USE_FIPS_ENDPOINT or AWS_USE_DUALSTACK_ENDPOINT`,
    );
  }
  return new URL(given);
}

function hostOf(service: string, region: string, isFips: boolean, isDualStack: boolean): string {
  const [begin, suffix, dualStackSuffix] = PARTITIONS.find(([each]) => region.startsWith(each)) ?? COMMON;
  if (isDualStack) return `${service}${isFips ? '-fips' : ''}.${region}.${dualStackSuffix}`;
  // In GovCloud the plain hosts are those of FIPS.
  return `${service}${isFips && begin !== 'us-gov-' ? '-fips' : ''}.${region}.${suffix}`;
}
