/**
 * Pauses a run with the calls of the services that do it on AWS: Lambda switches event source mappings and
 * keeps their tags, and EventBridge Scheduler ends a pause.
 * https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
 */
import * as v from 'valibot';
import { encodeNote, type PauseNote } from '../../functions/pause-note.ts';
import type { Mapping } from '../mappings/sqs-mapping.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../template/stack-spec.ts';
import type { Answer } from './call.ts';

type Switched = Pick<Mapping, 'busy' | 'enable' | 'enabled'>;

export interface BrakeParts {
  /** By their ids in the template. */
  readonly mappings: () => ReadonlyMap<string, Switched>;
  readonly now: () => number;
}

export interface BrakeCalls {
  /** `path` includes the query. Undefined: the call is for another service. */
  answer(method: string, path: string, body: Buffer): Answer | undefined;
  /** Switches a mapping on or off, as a schedule does. */
  switchMapping(id: string, wanted: boolean): void;
  /** Switches the mapping off and keeps the note, as the budget's alarm does on AWS. */
  pause(id: string, note: PauseNote): void;
  /** Cancels the scheduled ends of pauses. */
  stop(): void;
}

const Switch = v.object({ Enabled: v.boolean() });
const Tags = v.object({ Tags: v.record(v.string(), v.string()) });
const Schedule = v.object({
  ScheduleExpression: v.pipe(v.string(), v.regex(/^at\(.+\)$/)),
  Target: v.object({
    Arn: v.literal('arn:aws:scheduler:::aws-sdk:lambda:updateEventSourceMapping'),
    Input: v.pipe(v.string(), v.parseJson(), v.object({ Uuid: v.string(), Enabled: v.boolean() })),
  }),
});

export function createBrakeCalls({ mappings, now }: BrakeParts): BrakeCalls {
  const tags = new Map<string, Record<string, string>>();
  const ends = new Map<string, NodeJS.Timeout>();
  const switchMapping = (id: string, wanted: boolean) => mappings().get(id)?.enable(wanted);

  const ofTags = (method: string, arn: string, query: URLSearchParams, body: Buffer): Answer => {
    const kept = { ...tags.get(arn) };
    if (method === 'GET') return json(200, { Tags: kept });
    if (method === 'POST') Object.assign(kept, v.parse(Tags, JSON.parse(body.toString())).Tags);
    else for (const name of query.getAll('tagKeys')) delete kept[name];
    tags.set(arn, kept);
    return json(204, undefined);
  };
  const ofSchedule = (method: string, name: string, body: Buffer): Answer => {
    const known = ends.get(name);
    if (known === undefined && method !== 'POST') return refused(404, `Schedule ${name} does not exist.`);
    clearTimeout(known);
    ends.delete(name);
    if (method === 'DELETE') return json(200, {});
    const { ScheduleExpression, Target } = v.parse(Schedule, JSON.parse(body.toString()));
    const at = Date.parse(`${ScheduleExpression.slice('at('.length, -1)}Z`);
    const timer = setTimeout(
      () => {
        ends.delete(name);
        switchMapping(Target.Input.Uuid, Target.Input.Enabled);
      },
      Math.max(0, at - now()),
    );
    timer.unref();
    ends.set(name, timer);
    return json(200, {
      ScheduleArn: `arn:aws:scheduler:${LOCAL_REGION}:${LOCAL_ACCOUNT}:schedule/default/${name}`,
    });
  };
  return {
    switchMapping,
    pause(id, note) {
      switchMapping(id, false);
      tags.set(arnOfMapping(id), encodeNote(note));
    },
    answer(method, path, body) {
      const { pathname, searchParams } = new URL(path, 'http://127.0.0.1');
      const [, kind, encoded] =
        /^\/(2015-03-31\/event-source-mappings|2017-03-31\/tags|schedules)\/([^/]+)$/.exec(pathname) ?? [];
      if (kind === undefined || encoded === undefined) return undefined;
      const name = decodeURIComponent(encoded);
      if (kind === 'schedules') return ofSchedule(method, name, body);
      if (kind === '2017-03-31/tags') return ofTags(method, name, searchParams, body);
      return ofMapping(mappings().get(name), method, name, body);
    },
    stop() {
      for (const timer of ends.values()) clearTimeout(timer);
      ends.clear();
    },
  };
}

function ofMapping(mapping: Switched | undefined, method: string, id: string, body: Buffer): Answer {
  if (mapping === undefined) return refused(404, 'The resource you requested does not exist.');
  if (method === 'PUT') mapping.enable(v.parse(Switch, JSON.parse(body.toString())).Enabled);
  const paused = mapping.busy ? 'Disabling' : 'Disabled';
  return json(200, {
    UUID: id,
    EventSourceMappingArn: arnOfMapping(id),
    State: mapping.enabled ? 'Enabled' : paused,
  });
}

export function arnOfMapping(id: string): string {
  return `arn:aws:lambda:${LOCAL_REGION}:${LOCAL_ACCOUNT}:event-source-mapping:${id}`;
}

function json(status: number, body: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) ?? '' };
}

function refused(status: number, Message: string): Answer {
  return json(status, { Message });
}
