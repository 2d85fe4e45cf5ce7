/**
 * The commands of `weir`. Each is loaded only when it is called, so that `weir help` need not wait for the
 * CDK.
 */
import type { Commands } from './command.ts';

export const COMMANDS: Commands = {
  init: {
    summary: 'make a project with a pipeline, or add what a project lacks',
    group: 'begin',
    load: async () => {
      const { init, OPTIONS } = await import('./commands/init.ts');
      return { run: init, options: OPTIONS };
    },
  },
  run: {
    summary: 'run a pipeline on this machine, on the sample log or your own requests',
    group: 'begin',
    load: async () => {
      const { run, OPTIONS } = await import('./commands/run.ts');
      return { run, options: OPTIONS };
    },
    runsFunctions: true,
  },
  simulate: {
    summary: 'test a pipeline with crashes, repeats and outages on a virtual clock',
    group: 'begin',
    load: async () => {
      const { simulatePipeline, OPTIONS } = await import('./commands/simulate-pipeline.ts');
      return { run: simulatePipeline, options: OPTIONS };
    },
    runsFunctions: true,
  },
  check: {
    summary: 'test whether order matters, and whether states can be merged',
    group: 'build',
    load: async () => {
      const { check, OPTIONS } = await import('./commands/check.ts');
      return { run: check, options: OPTIONS };
    },
    runsFunctions: true,
  },
  plan: {
    summary: 'settings, latency, first limit and monthly bill at a rate, before a deploy',
    group: 'begin',
    load: async () => {
      const { plan } = await import('./commands/plan.ts');
      const { OPTIONS } = await import('./commands/plan-options.ts');
      return { run: plan, options: OPTIONS };
    },
  },
  submit: {
    summary: 'send requests from a file, each once',
    group: 'operate',
    load: async () => {
      const { submit, OPTIONS } = await import('./commands/submit.ts');
      return { run: submit, options: OPTIONS };
    },
  },
  status: {
    summary: 'queues, functions, dead letters, stopped keys, time to drain',
    group: 'operate',
    load: async () => {
      const { status, OPTIONS } = await import('./commands/status.ts');
      return { run: status, options: OPTIONS };
    },
  },
  pause: {
    summary: 'stop reads, computes or writes for a while; nothing is lost',
    group: 'operate',
    load: async () => {
      const { pause, OPTIONS, ACTIONS } = await import('./commands/pause.ts');
      return { run: pause, options: OPTIONS, actions: ACTIONS };
    },
  },
  resume: {
    summary: 'end a pause',
    group: 'operate',
    load: async () => {
      const { resume, OPTIONS, ACTIONS } = await import('./commands/resume.ts');
      return { run: resume, options: OPTIONS, actions: ACTIONS };
    },
  },
  drain: {
    summary: 'pause reads, and wait until all readings are computed',
    group: 'operate',
    load: async () => {
      const { drain, OPTIONS } = await import('./commands/drain.ts');
      return { run: drain, options: OPTIONS };
    },
  },
  keys: {
    summary: 'list the keys',
    group: 'operate',
    load: async () => {
      const { keys, OPTIONS } = await import('./commands/keys.ts');
      return { run: keys, options: OPTIONS };
    },
  },
  state: {
    summary: 'show the state of a key',
    group: 'operate',
    load: async () => {
      const { state, OPTIONS } = await import('./commands/state.ts');
      return { run: state, options: OPTIONS };
    },
  },
  explain: {
    summary: 'show which requests made the state of a key, or find the reading that did',
    group: 'operate',
    load: async () => {
      const { explain, OPTIONS } = await import('./commands/explain.ts');
      return { run: explain, options: OPTIONS };
    },
  },
  shadow: {
    summary: 'show what another compute makes of the same readings',
    group: 'operate',
    load: async () => {
      const { shadow, OPTIONS } = await import('./commands/shadow.ts');
      return { run: shadow, options: OPTIONS };
    },
  },
  export: {
    summary: 'write all states, one line of JSON each',
    group: 'operate',
    load: async () => {
      const { exportCommand, OPTIONS } = await import('./commands/export.ts');
      return { run: exportCommand, options: OPTIONS };
    },
  },
  dead: {
    summary: 'list, show, edit, redrive or discard dead letters',
    group: 'operate',
    load: async () => {
      const { dead, OPTIONS, ACTIONS } = await import('./commands/dead.ts');
      return { run: dead, options: OPTIONS, actions: ACTIONS };
    },
  },
  stopped: {
    summary: 'list, show, resume or skip stopped keys',
    group: 'operate',
    load: async () => {
      const { stopped, OPTIONS, ACTIONS } = await import('./commands/stopped.ts');
      return { run: stopped, options: OPTIONS, actions: ACTIONS };
    },
  },
  forget: {
    summary: 'remove the state of a key; nothing old is applied again',
    group: 'operate',
    load: async () => {
      const { forgetCommand, OPTIONS } = await import('./commands/forget.ts');
      return { run: forgetCommand, options: OPTIONS };
    },
  },
  reset: {
    summary: 'give a key another state, in order with its readings',
    group: 'operate',
    load: async () => {
      const { resetCommand, OPTIONS } = await import('./commands/reset.ts');
      return { run: resetCommand, options: OPTIONS };
    },
  },
  migrate: {
    summary: 'bring quiet keys to the newest version of their state',
    group: 'operate',
    load: async () => {
      const { migrate, OPTIONS } = await import('./commands/migrate.ts');
      return { run: migrate, options: OPTIONS };
    },
  },
  replay: {
    summary: 'compare a changed compute with recorded readings, before a deploy',
    group: 'operate',
    load: async () => {
      const { replay, OPTIONS } = await import('./commands/replay.ts');
      return { run: replay, options: OPTIONS };
    },
    runsFunctions: true,
  },
  completion: {
    summary: 'print the completion script for bash or zsh',
    group: 'operate',
    load: async () => {
      const { completion, OPTIONS, ACTIONS } = await import('./commands/completion.ts');
      return { run: completion, options: OPTIONS, actions: ACTIONS };
    },
  },
};
