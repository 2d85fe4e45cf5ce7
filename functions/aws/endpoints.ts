/**
 * The endpoints of services. The SDK's own rules take 15 KB of every bundle and copy all settings of the client at each call,
 * mostly for account ids and ARNs in host names, which Weir does not use. Tests compare the two for every partition.
 * https://docs.aws.amazon.com/general/latest/gr/rande.html
 */

const COMMON = ['', 'amazonaws.com', 'api.aws'] as const;
/** Per partition: the prefix of its regions, the suffix of its hosts, and their suffix with dual stack. */
const PARTITIONS = [
  ['cn-', 'amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  ['us-gov-', 'amazonaws.com', 'api.aws'],
  ['us-iso-', 'c2s.ic.gov', 'api.aws.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov', 'api.aws.scloud'],
  ['eu-isoe-', 'cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk'],
  ['us-isof-', 'csp.hci.ic.gov', 'api.aws.hci.ic.gov'],
  ['eusc-', 'amazonaws.eu', 'api.amazonwebservices.eu'],
] as const;

/** The settings of a client that are used here, after the SDK has completed them. */
export interface EndpointConfig {
  readonly region: () => Promise<string>;
  readonly useFipsEndpoint: () => Promise<boolean>;
  readonly useDualstackEndpoint: () => Promise<boolean>;
  /** The value of AWS_ENDPOINT_URL or a similar variable. */
  readonly serviceConfiguredEndpoint?: () => Promise<string | undefined>;
}

/** The endpoint of a service, by the region and the settings for FIPS and dual stack. */
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
  // In GovCloud the FIPS hosts have the plain names.
  return `${service}${isFips && begin !== 'us-gov-' ? '-fips' : ''}.${region}.${suffix}`;
}
