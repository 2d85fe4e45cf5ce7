/**
 * Zone, language, Node's options and umask belong to a process, not to a thread. Lambda has UTC, en_US.UTF-8, no
 * options and 022, so a command that runs the user's functions goes on in them, in the same process. What is shown of
 * times is UTC everywhere (ISO 8601).
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
import { LAMBDA_UMASK } from '../terminal/file-mode.ts';

const WORLD = { TZ: 'UTC', LANG: 'en_US.UTF-8', LC_ALL: 'en_US.UTF-8' } as const;

/** Does not return when one of them is another: the command begins anew, with the same process id. */
export function enterLambdaWorld(): void {
  const { execPath, execArgv, argv, execve } = process;
  const { NODE_OPTIONS = '', ...env } = process.env;
  const options = [...execArgv, ...NODE_OPTIONS.split(' ')].filter((option) => option !== '--');
  // An inspector, or a module that is loaded first: somebody looks inside, and needs the options.
  const keeps = options.some((option) => LOOKS_INSIDE.test(option));
  const isOther = Object.entries(WORLD).some(([name, value]) => env[name] !== value);
  const isGiven = !keeps && options.some((option) => option !== '');
  if (execve === undefined || !(isOther || isGiven)) {
    process.umask(LAMBDA_UMASK);
    return;
  }
  // ICU reads the language, and V8 its options, once, at the start of a process: setting them now would be too late.
  const words = keeps ? execArgv : [];
  // Behind -- no option of the command, such as --env-file, is taken for one of Node's.
  execve(execPath, [execPath, ...words, '--', ...argv.slice(1)], {
    ...env,
    ...(keeps && NODE_OPTIONS !== '' ? { NODE_OPTIONS } : {}),
    ...WORLD,
  });
}

const LOOKS_INSIDE = /^(--inspect|--require\b|--import\b|-r$)/;
