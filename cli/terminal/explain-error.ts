/** What went wrong, for the person at the terminal: what the AWS SDK says in its own words comes with what to do next. */
import { printable } from '../../local/report/printable.ts';

export function explain(error: unknown): string {
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
  const text = message === '' ? name : message;
  const advice = ADVICE.find(([pattern]) => pattern.test(`${name}: ${text}`))?.[1];
  const lines = text.split('\n').map(printable).join('\n');
  return advice === undefined ? lines : `${lines}\n${advice}`;
}

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /Cannot find package '(aws-cdk-lib|constructs)/,
    'The CDK is not installed in this project, and it makes the template: npm install aws-cdk-lib constructs.',
  ],
  [
    /Cannot use import statement outside a module|Unexpected token 'export'/,
    'A pipeline is an ES module: say "type": "module" in package.json, or let the name of the file end in .mts or .mjs.',
  ],
  [
    /^CredentialsProviderError|Could not load credentials/,
    'No AWS credentials were found: sign in ("aws sso login"), or set AWS_PROFILE.',
  ],
  [
    /Region is missing|Region not accepted/,
    'Name the region with --region, in AWS_REGION or in your AWS profile.',
  ],
  [
    /ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature/,
    'AWS does not accept these credentials: sign in again, or choose others with AWS_PROFILE.',
  ],
  [
    /AccessDenied|not authorized to perform|Forbidden/,
    'Your role may not do that: docs/decisions/0012-operate.md lists the actions that each command needs.',
  ],
  [
    /QueueDoesNotExist|NonExistentQueue|ResourceNotFoundException|NoSuchBucket/,
    'A part of the stack is gone: look at the stack in CloudFormation, and deploy it again.',
  ],
  [
    /Throttl|TooManyRequests|SlowDown/,
    'AWS asks to slow down: do the same again in a while, nothing is done twice.',
  ],
  [
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|TimeoutError|socket hang up/,
    'There was no answer: see that the network is up, and do the same again, nothing is done twice.',
  ],
  [/EADDRINUSE/, 'The port is in use: choose another one.'],
  [/ENOSPC/, 'The disk is full: make room, and do the same again.'],
  [/\bEACCES\b|\bEROFS\b/, 'That place may not be written to by this user: choose another one.'],
];
