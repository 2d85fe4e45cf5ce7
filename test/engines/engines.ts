/** External engines, downloaded once into `.weir/engines`; an engine that is not available has a reason. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const FOLDER = resolve(import.meta.dirname, '../../.weir/engines');
const run = promisify(execFile);

export interface Engine {
  readonly url: string;
  stop(): void;
}

/** Resolves with a text where the engine cannot be had: why. */
export async function startElasticMq(): Promise<Engine | string> {
  const lib = join(FOLDER, 'elasticmq/lib');
  try {
    await run('java', ['-version']);
    if (!existsSync(lib)) {
      mkdirSync(join(FOLDER, 'elasticmq'), { recursive: true });
      const pom = join(FOLDER, 'elasticmq/pom.xml');
      writeFileSync(pom, POM);
      await run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', '-DoutputDirectory=lib']);
    }
  } catch (error) {
    return `ElasticMQ cannot be had here: ${String(error)}`;
  }
  const port = await freePort();
  const address = [`-Drest-sqs.bind-port=${port}`, '-Drest-sqs.bind-hostname=127.0.0.1'];
  const args = [...address, '-Drest-stats.enabled=false', '-cp', `${lib}/*`, 'org.elasticmq.server.Main'];
  return start('java', args, port);
}

export async function startMoto(): Promise<Engine | string> {
  const venv = join(FOLDER, 'moto');
  try {
    await run('python3', ['--version']);
    if (!existsSync(join(venv, 'bin/moto_server'))) {
      await run('python3', ['-m', 'venv', venv]);
      await run(join(venv, 'bin/pip'), ['install', '-q', 'moto[server,sqs,dynamodb]==5.2.1']);
    }
  } catch (error) {
    return `moto cannot be had here: ${String(error)}`;
  }
  const port = await freePort();
  return start(join(venv, 'bin/moto_server'), ['-H', '127.0.0.1', '-p', String(port)], port);
}

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>weir</groupId><artifactId>engines</artifactId><version>1</version>
<dependencies><dependency><groupId>org.elasticmq</groupId><artifactId>elasticmq-server_2.13</artifactId>
<version>1.6.12</version></dependency></dependencies></project>
`;

async function start(command: string, args: readonly string[], port: number): Promise<Engine> {
  const child = spawn(command, args, { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(url).catch(() => undefined))) {
    if (child.exitCode !== null) throw new Error(`${command} ended with status ${child.exitCode}`);
    await new Promise((ended) => setTimeout(ended, 100));
  }
  return { url, stop: () => void child.kill() };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const address = server.address();
  await new Promise((ended) => server.close(ended));
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1');
  return address.port;
}
