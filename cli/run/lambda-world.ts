/**
 * Zone and language belong to a process, not to a thread: Lambda has UTC and en_US.UTF-8, so a command that runs the
 * user's functions goes on in them, in the same process. What is shown of times is UTC everywhere (ISO 8601).
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
const WORLD = { TZ: 'UTC', LANG: 'en_US.UTF-8', LC_ALL: 'en_US.UTF-8' } as const;

/** Does not return when zone or language are others: the command begins anew, with the same process id. */
export function enterLambdaWorld(): void {
  const { env, execPath, execArgv, argv, execve } = process;
  // ICU reads the language once, at the start of a process: setting it now would be too late.
  if (execve === undefined || Object.entries(WORLD).every(([name, value]) => env[name] === value)) return;
  // Behind -- no option of the command, such as --env-file, is taken for one of Node's.
  execve(execPath, [execPath, ...execArgv, '--', ...argv.slice(1)], { ...env, ...WORLD });
}
