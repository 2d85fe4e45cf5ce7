/**
 * A command that runs functions has Lambda's umask, because a umask belongs to the process. Files for the
 * user keep the user's umask where it is stricter, so this module is loaded before the umask changes.
 */
export const LAMBDA_UMASK = 0o022;

export const FILE_MODE = 0o666 & ~process.umask();
