/**
 * Time zone, language, Node's options and umask belong to a process, not to a thread. Lambda has UTC,
 * en_US.UTF-8, no options and umask 022, so a command that runs the user's functions uses these too, in the
 * same process. All times are shown in UTC (ISO 8601).
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 *
 * What bounds the memory of a run must be set when its process starts, too (docs/decisions/0047).
 */
import { LAMBDA_UMASK } from '../terminal/file-mode.ts';

const WORLD = { TZ: 'UTC', LANG: 'en_US.UTF-8', LC_ALL: 'en_US.UTF-8' } as const;

/** For the C library of Linux: by default it keeps what each thread has freed in an arena of the thread's own. */
const ARENAS = 'MALLOC_ARENA_MAX';
const ARENAS_MAX = '2';
/** In MB. With V8's default, the garbage of the process grows to 100 MB. */
const YOUNG_OPTION = '--max-semi-space-size=2';

/**
 * If one of them differs, the command starts again with the same process id, and this call does not return.
 */
export function enterLambdaWorld(): void {
  const { execPath, execArgv, argv, execve } = process;
  const { NODE_OPTIONS = '', ...env } = process.env;
  const options = [...execArgv, ...NODE_OPTIONS.split(' ')].filter(
    (option) => option !== '--' && option !== YOUNG_OPTION,
  );
  // An inspector or a preloaded module means that the process is being debugged and needs its options.
  const keeps = options.some((option) => LOOKS_INSIDE.test(option));
  const world = { [ARENAS]: env[ARENAS] ?? ARENAS_MAX, ...WORLD };
  const isOther =
    Object.entries(world).some(([name, value]) => env[name] !== value) || !execArgv.includes(YOUNG_OPTION);
  const isGiven = !keeps && options.some((option) => option !== '');
  if (execve === undefined || !(isOther || isGiven)) {
    process.umask(LAMBDA_UMASK);
    return;
  }
  // ICU reads the language and V8 its options once, when the process starts: setting them now would be too
  // late.
  const words = keeps ? execArgv.filter((option) => option !== '--') : [];
  // After --, Node takes none of the command's options, such as --env-file, for its own.
  execve(execPath, [execPath, ...words, YOUNG_OPTION, '--', ...argv.slice(1)], {
    ...env,
    ...(keeps && NODE_OPTIONS !== '' ? { NODE_OPTIONS } : {}),
    ...world,
  });
}

const LOOKS_INSIDE = /^(--inspect|--require\b|--import\b|-r$)/;
