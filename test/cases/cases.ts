/** The folders of cases: how to run each, and the correct value from its README. */
import { copyFile, cp, lstat, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT } from '../../infra/bundling/bundle.ts';
import { node, weirRun } from './command.ts';
import { expectKeys, expectThat, type Verdict } from './expect.ts';

/** `folder` is the case's own, which is not written to; `scratch` is empty and may be. */
type Run = (folder: string, scratch: string) => Promise<Verdict>;

export interface Case {
  /** The name of the folder. */
  readonly folder: string;
  /** Which of the folder's inputs, if there are several. */
  readonly input?: string;
  readonly run: Run;
}

export const cases: readonly Case[] = [
  accessLog('user-empty-quoted.log', { '/a': { clicks: 3 } }),
  accessLog('user-escaped-quote.log', { '/a': { clicks: 3 } }),
  accessLog('target-with-space.log', { '/a': { clicks: 3 } }),
  accessLog('method-dash.log', { '/a': { clicks: 4 } }),
  accessLog('common-format.log', { '/a': { clicks: 3, browsers: { unknown: 3 } } }),
  accessLog('latin1-byte.log', { '/a': { clicks: 3 } }),
  {
    folder: 'access-logs',
    input: 'nul.log',
    run: async (folder, scratch) => {
      const ending = await weirRun(['--input', join(folder, 'nul.log'), '--requests', '1'], scratch);
      const malformed = { clicks: 0 };
      return expectKeys(ending, { '/a': { clicks: 2 }, '(malformed)': malformed }, 1);
    },
  },
  {
    folder: 'access-logs',
    input: 'empty.log',
    run: async (folder, scratch) => {
      const ending = await weirRun(['--input', join(folder, 'empty.log'), '--requests', '1'], scratch);
      const right = ending.summary !== undefined && /nothing|no request|empty/i.test(ending.text);
      return expectThat('says that there is nothing to do, and writes the JSON', right, ending);
    },
  },
  onLog('cubot-phones', 'phones.log', {
    '/blog': { clicks: 3, bytes: 1_500, browsers: { Chrome: 2, bot: 1 } },
  }),
  onLog('gzip-padding', 'padded.log.gz', { '/blog': { clicks: 10 }, '/img': { clicks: 5 } }),
  onLog('one-long-line', 'long.log', { '/blog': { clicks: 10 }, '/img': { clicks: 10 } }),
  onLog('path-parameters', 'sessions.log', { '/shop': { clicks: 200, bytes: 100_000 } }),
  {
    folder: 'linked-logs',
    run: async (folder, scratch) => {
      const copy = join(scratch, 'copy');
      await cp(folder, copy, { recursive: true, verbatimSymlinks: true });
      const link = join(copy, 'logs', 'access.log');
      // Where links do not survive a copy, a text with the link's target is in its place.
      if (!(await lstat(link)).isSymbolicLink()) {
        await rm(link, { force: true });
        await symlink('../rotated/access-2026-11-09.log', link);
      }
      const ending = await weirRun(['--input', join(copy, 'logs')], scratch);
      return expectKeys(ending, { '/blog': { clicks: 20 }, '/img': { clicks: 3 } });
    },
  },
  ownPipeline('commonjs-dependency', ['fingerprints.ts', 'words.cjs'], async (args, scratch) =>
    expectKeys(await weirRun(args, scratch), {
      alder: { count: 1, last: 'bf2d13c0' },
      birch: { count: 1, last: '548a4251' },
    }),
  ),
  ownPipeline('function-cannot-start', ['rates.ts', 'rates.json'], async (args, scratch) => {
    const ending = await weirRun(args, scratch);
    const right = ending.status !== undefined && ending.status !== 0 && ending.text.includes('rates.json');
    return expectThat('says why (rates.json), and ends with another status than 0', right, ending);
  }),
  ownPipeline('local-time-zone', ['hours.ts'], async (args, scratch) => {
    const ending = await weirRun(args, scratch, { TZ: 'Asia/Tokyo' });
    const [key = 'the key'] = Object.keys(ending.summary?.keys ?? {});
    return expectKeys(ending, { [key]: { byHour: { 19: 1 }, last: '11/9/2026, 7:00:00 PM' } });
  }),
  ownProgram('s3-answers-that-pass'),
  ownProgram('s3-content-encoding'),
];

type Keys = Parameters<typeof expectKeys>[1];

function accessLog(input: string, keys: Keys): Case {
  return { ...onLog('access-logs', input, keys), input };
}

function onLog(name: string, log: string, keys: Keys): Case {
  return {
    folder: name,
    run: async (folder, scratch) =>
      expectKeys(await weirRun(['--input', join(folder, log), '--requests', '1'], scratch), keys),
  };
}

/** A pipeline that imports `../functions/pipeline.ts`: it needs a place beside that folder for as long as it runs. */
function ownPipeline(
  name: string,
  files: readonly [pipeline: string, ...others: string[]],
  run: (args: readonly string[], scratch: string) => Promise<Verdict>,
): Case {
  const place = (file: string) => join(PROJECT, '.weir', file);
  return {
    folder: name,
    run: async (folder, scratch) => {
      try {
        for (const file of files) await copyFile(join(folder, file), place(file));
        const requests = join(folder, 'requests.ndjson');
        return await run(['--pipeline', place(files[0]), '--requests-file', requests], scratch);
      } finally {
        for (const file of files) await rm(place(file), { force: true });
      }
    },
  };
}

/** A program that judges by itself. */
function ownProgram(name: string): Case {
  return {
    folder: name,
    run: async (folder) => {
      const ending = await node([join(folder, 'try.mjs')]);
      return expectThat('status 0', ending.status === 0, ending);
    },
  };
}
