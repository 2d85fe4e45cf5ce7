/** Explains an error to the user: errors of the AWS SDK get a next step. */
import { printable } from '../../local/report/printable.ts';

export function explain(error: unknown): string {
  // The first error says more than an error during the clean-up.
  if (error instanceof Error && error.name === 'SuppressedError' && 'suppressed' in error) {
    return explain(error.suppressed);
  }
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
  const text = message === '' ? name : message;
  const advice = ADVICE.find(([pattern]) => pattern.test(`${name}: ${text}`))?.[1];
  const lines = text.split('\n').map(printable).join('\n');
  return advice === undefined ? lines : `${lines}\n${advice}`;
}

export const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /Cannot find package '(aws-cdk-lib|constructs)/,
    'This project lacks the CDK, which makes the template. Run npm install aws-cdk-lib constructs.',
  ],
  [
    /Cannot use import statement outside a module|Unexpected token 'export'/,
    'A pipeline is an ES module: set "type": "module" in package.json, or give the file a name that ends in .mts or .mjs.',
  ],
  [
    /^CredentialsProviderError|Could not load credentials/,
    'There are no AWS credentials. Sign in ("aws sso login"), or set AWS_PROFILE.',
  ],
  [
    /Region is missing|Region not accepted/,
    'Set the region with --region, in AWS_REGION or in your AWS profile.',
  ],
  [
    /ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature/,
    'AWS rejects these credentials. Sign in again, or choose others with AWS_PROFILE.',
  ],
  [
    /AccessDenied|not authorized to perform|Forbidden/,
    'Your role is not allowed to do that. docs/decisions/0012-operate.md lists the actions that each command needs.',
  ],
  [
    /QueueDoesNotExist|NonExistentQueue|ResourceNotFoundException|NoSuchBucket/,
    'A part of the stack is gone. Look at the stack in CloudFormation, and deploy it again.',
  ],
  [
    /Throttl|TooManyRequests|SlowDown/,
    'AWS throttles this account. Run the command again in a minute; nothing is done twice.',
  ],
  [
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|TimeoutError|socket hang up/,
    'There was no answer. Check the network and run the command again; nothing is done twice.',
  ],
  [/EADDRINUSE/, 'The port is in use. Choose another one.'],
  [/ENOSPC/, 'The disk is full. Free some space, and run the command again.'],
  [/\bEACCES\b|\bEROFS\b/, 'You may not write there. Choose another place.'],
];
