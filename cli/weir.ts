/** The command line: its commands. */
import { type Commands, dispatch } from './dispatch.ts';

/** Each loads only what it needs: `weir help` must not wait for the CDK. */
const COMMANDS: Commands = {
  init: {
    summary: 'make a project with a pipeline, or add what a project lacks',
    load: async () => (await import('./commands/init.ts')).init,
  },
  run: {
    summary: 'run a pipeline on this machine, on the sample log or your own',
    load: async () => (await import('./commands/run.ts')).run,
    runsFunctions: true,
  },
  submit: {
    summary: 'send requests from a file, each once',
    load: async () => (await import('./commands/submit.ts')).submit,
  },
  status: {
    summary: 'queues, functions, dead letters, stopped keys, time to drain',
    load: async () => (await import('./commands/status.ts')).status,
  },
  keys: {
    summary: 'the keys that there are',
    load: async () => (await import('./commands/keys.ts')).keys,
  },
  state: {
    summary: 'the state of a key, and what is kept with it',
    load: async () => (await import('./commands/state.ts')).state,
  },
  export: {
    summary: 'all states, one line of JSON each',
    load: async () => (await import('./commands/export.ts')).exportCommand,
  },
  dead: {
    summary: 'dead letters: list, show, redrive, discard',
    load: async () => (await import('./commands/dead.ts')).dead,
  },
  stopped: {
    summary: 'stopped keys: list, show, resume, skip',
    load: async () => (await import('./commands/stopped.ts')).stopped,
  },
  replay: {
    summary: 'what a changed compute makes of recorded readings, before a deploy',
    load: async () => (await import('./commands/replay.ts')).replay,
    runsFunctions: true,
  },
  simulate: {
    summary: 'a pipeline through crashes, repeats and outages on a virtual clock',
    load: async () => (await import('./commands/simulate-pipeline.ts')).simulatePipeline,
    runsFunctions: true,
  },
  plan: {
    summary: 'how a pipeline will behave and what it will cost, before it is deployed',
    load: async () => (await import('./commands/plan.ts')).plan,
  },
};

process.exitCode = await dispatch('weir', COMMANDS, process.argv.slice(2));
