/** The port of the page, on 127.0.0.1 only, with a clear error for each reason why it is not available. */
import { createServer, type Server } from 'node:net';
import { OperatorError } from '../../model/operator-error.ts';

/** Called before a run starts, which takes a while: another process may use the port. */
export async function assertPortFree(port: number): Promise<void> {
  const server = createServer();
  await listen(server, port);
  await new Promise((closed) => server.close(closed));
}

/** Returns the port. */
export async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, port)));
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the page has no port');
  return address.port;
}

function explain(error: NodeJS.ErrnoException, port: number): Error {
  const why =
    error.code === 'EADDRINUSE'
      ? `port ${port} is in use by another program`
      : error.code === 'EACCES'
        ? `port ${port} is not for ordinary users`
        : `port ${port} cannot be opened (${error.message})`;
  return new OperatorError(
    `the live page: ${why}; choose another with --page PORT, or --page 0 for any that is free`,
    { cause: error },
  );
}
