import { expect, onTestFinished, test, vi } from 'vitest';
import { whileDeploying } from '../../../cli/run/deploying.ts';

function streams(isTTY: boolean) {
  vi.stubEnv('TERM', 'xterm');
  onTestFinished(() => void vi.unstubAllEnvs());
  const [out, err]: [string[], string[]] = [[], []];
  return {
    out,
    err,
    stdout: { isTTY, write: (text: string) => out.push(text) },
    stderr: { isTTY, write: (text: string) => err.push(text) },
  };
}

test('a run whose output goes to a file says on standard error that it deploys, before it has deployed', async () => {
  const to = streams(false);
  const started = Promise.withResolvers<number>();
  const deployed = whileDeploying(
    () => started.promise,
    (ms) => `Deployed in ${ms} ms.`,
    to,
  );
  expect(to).toMatchObject({ out: [], err: ['Deploying on this machine ...\n'] });
  started.resolve(7);
  expect(await deployed).toBe(7);
  expect(to.out).toEqual(['Deployed in 7 ms.\n']);
});

test('on a terminal the line that a run deploys is replaced by the line that it has deployed', async () => {
  const to = streams(true);
  await whileDeploying(
    () => Promise.resolve(7),
    (ms) => `Deployed in ${ms} ms.`,
    to,
  );
  expect(to.out.join('')).toBe('Deploying on this machine ...\r\u001B[KDeployed in 7 ms.\n');
  expect(to.err).toEqual([]);
});

test('the error of a deployment begins on a line of its own', async () => {
  const to = streams(true);
  const failing = whileDeploying(
    () => Promise.reject(new Error('no')),
    () => '',
    to,
  );
  await expect(failing).rejects.toThrow('no');
  expect(to.out.at(-1)).toBe('\n');
});
