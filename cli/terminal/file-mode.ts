/**
 * A command that runs functions has Lambda's umask, since that is the process's. Files for the user keep to the user's
 * own where it permits less, so this is loaded before the umask changes.
 */
export const LAMBDA_UMASK = 0o022;

export const FILE_MODE = 0o666 & ~process.umask();
