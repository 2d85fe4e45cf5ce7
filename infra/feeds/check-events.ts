/** Refuses, at synth, feeds of a bucket or of events that would match nothing, or that EventBridge would refuse. */
import { Token } from 'aws-cdk-lib/core';
import { isRecord } from '../../functions/json.ts';
import { shownOption } from '../../functions/kind-of.ts';
import { suggest } from '../../functions/nearest.ts';

const BUCKET = "{ name: 'access-logs', prefix: 'site/' }";
const EVENTS = "{ pattern: { source: ['shop'] }, body: { order: '$.detail.orderId', event: '$.id' } }";
/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html */
const PATHS_MAX = 100;
const TEMPLATE_LENGTH_MAX = 8_192;

export function checkBucket(bucket: unknown): void {
  const given = recordOf('feed.bucket', bucket, ['name', 'prefix'], BUCKET);
  const { name, prefix } = given;
  if (typeof name !== 'string' || name === '')
    throw new Error(
      `feed.bucket.name is ${shown(name)}: give the name of a bucket, feed: { bucket: ${BUCKET} }`,
    );
  if (prefix !== undefined && typeof prefix !== 'string')
    throw new Error(
      `feed.bucket.prefix is ${shown(prefix)}: give text, or leave it out for the whole bucket`,
    );
}

export function checkEvents(events: unknown): void {
  const { pattern, body } = recordOf('feed.events', events, ['pattern', 'body'], EVENTS);
  checkPattern('feed.events.pattern', pattern);
  if (body === undefined) return;
  if (!isRecord(body) || Object.keys(body).length === 0) {
    throw new Error(
      `feed.events.body is ${shown(body)}: name the fields of a request, body: { event: '$.id' }, or leave it out for the whole event`,
    );
  }
  for (const [name, value] of Object.entries(body)) {
    if (typeof value !== 'string')
      throw new Error(
        `feed.events.body.${name} is ${shown(value)}: use text, a path such as '$.detail.${name}' or a fixed value`,
      );
  }
}

/** `template`: the text that EventBridge fills in. */
export function checkTemplate(paths: number, template: string): void {
  if (paths <= PATHS_MAX && template.length <= TEMPLATE_LENGTH_MAX) return;
  throw new Error(
    `feed.events.body has ${paths} paths in ${template.length} characters, and EventBridge takes ${PATHS_MAX} in ${TEMPLATE_LENGTH_MAX}: leave body out for the whole event`,
  );
}

/** EventBridge takes an object with fields, and for each field a list of values. */
function checkPattern(what: string, pattern: unknown): void {
  if (Token.isUnresolved(pattern)) return;
  if (!isRecord(pattern) || Object.keys(pattern).length === 0)
    throw new Error(
      `${what} is ${shown(pattern)}: name what the events have in common, feed: { events: ${EVENTS} }`,
    );
  for (const [name, value] of Object.entries(pattern)) {
    const own = `${what}.${name}`;
    if (isRecord(value)) checkPattern(own, value);
    else if (!Token.isUnresolved(value) && (!Array.isArray(value) || value.length === 0))
      throw new Error(
        `${own} is ${shown(value)}: EventBridge takes a list of values, such as ${name}: ['shop']`,
      );
  }
}

function recordOf(what: string, value: unknown, names: readonly string[], wanted: string) {
  if (!isRecord(value)) throw new Error(`${what} is ${shown(value)}: use ${wanted}`);
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) throw new Error(`${what}.${name} is no option: ${suggest(name, names)}`);
  }
  return value;
}

function shown(value: unknown): string {
  if (Array.isArray(value) && value.length === 0) return 'an empty list';
  if (isRecord(value) && Object.keys(value).length === 0) return 'an empty object';
  return shownOption(value);
}
