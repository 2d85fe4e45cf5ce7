/**
 * The DynamoDB of the local run: the embedded one in this process, or the one that AWS_ENDPOINT_URL_DYNAMODB
 * names.
 */
import { type Env, endpointFor } from '../../operate/endpoints.ts';
import type { Backend } from '../gateway/call.ts';
import { forwardTo } from '../gateway/forward.ts';
import { createJsonCall, type JsonCall } from '../gateway/json-call.ts';
import { createEmbeddedDynamoDb } from './embedded-dynamodb.ts';

export interface DynamoDb {
  /** Name of the engine in errors. */
  readonly name: string;
  /** For the functions' calls, behind the gateway. */
  readonly backend: Backend;
  /** For the local run's own calls. */
  readonly call: JsonCall;
  /** Drops the stream's records before this one. An external engine does this by itself. */
  trim(streamArn: string, sequenceNumber: string): void;
  close(): void;
}

export function openDynamoDb(nowMs: () => number, env: Env = process.env): DynamoDb {
  const given = endpointFor('DYNAMODB', env);
  return given === undefined ? openEmbedded(nowMs) : openElsewhere(given);
}

/**
 * Time between two scans for expired items. AWS takes a few days:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
 */
const EXPIRE_EVERY_MS = 10 * 60_000;

function openEmbedded(nowMs: () => number): DynamoDb {
  const { backend, call, tables, close } = createEmbeddedDynamoDb(nowMs);
  const timer = setInterval(() => tables.expire(), EXPIRE_EVERY_MS);
  timer.unref();
  return {
    name: 'the embedded DynamoDB',
    backend,
    call,
    trim: (arn, number) => tables.findByStream(arn).stream?.trim(Number(number)),
    close() {
      clearInterval(timer);
      close();
    },
  };
}

function openElsewhere(endpoint: string): DynamoDb {
  const { backend, close } = forwardTo(endpoint);
  return { name: endpoint, backend, call: createJsonCall(endpoint), trim: () => undefined, close };
}
