import { spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { request } from 'node:http';
import type { Clock } from '../../component/clock.ts';
import { findProgram, runCommand } from './run-command.ts';
import { SetupError, type SetupStep } from './step.ts';

const socketPath = '/var/run/docker.sock';
const logFile = '/var/log/dockerd.log';
const startTimeoutMs = 60_000;

/** Starts the Docker daemon where none answers: by systemd where that runs, else by itself with a log file. It stays when k8ts goes. */
export function dockerDaemon(clock: Clock): SetupStep {
  return {
    title: 'Docker daemon',
    missing: async () => ((await dockerAnswers()) ? undefined : 'starting dockerd'),
    install: async () => {
      if (process.getuid?.() !== 0)
        throw new SetupError(
          'no Docker daemon answers and starting one needs root: run this as root, or start it first',
        );
      if (existsSync('/run/systemd/system')) {
        const started = await runCommand('systemctl', ['start', 'docker']);
        if (started.code !== 0) throw new SetupError(`systemctl start docker failed: ${started.stderr.trim()}`);
      } else {
        const dockerd = findProgram('dockerd');
        if (!dockerd)
          throw new SetupError('no Docker daemon answers and there is no dockerd to start: apt-get install docker.io');
        const log = openSync(logFile, 'a', 0o600);
        spawn(dockerd, [], { detached: true, stdio: ['ignore', log, log] }).unref();
      }
      const deadline = clock.monotonicMs() + startTimeoutMs;
      while (!(await dockerAnswers())) {
        if (clock.monotonicMs() > deadline)
          throw new SetupError(`dockerd did not answer within ${startTimeoutMs / 1000} s: see ${logFile}`);
        await clock.sleep(100);
      }
    },
  };
}

async function dockerAnswers(): Promise<boolean> {
  return (await ask('/_ping')) !== undefined;
}

/** What the daemon says of itself, of `GET /info` of its API. */
export interface DockerInfo {
  readonly ServerVersion: string;
  readonly Driver: string;
  readonly CgroupDriver: string;
  readonly CgroupVersion: string;
  readonly DockerRootDir: string;
}

/** Undefined where no daemon answers. */
export async function dockerInfo(): Promise<DockerInfo | undefined> {
  const text = await ask('/info');
  return text === undefined ? undefined : (JSON.parse(text) as DockerInfo);
}

/** The body of an answer 200 within two seconds; undefined for anything else. */
function ask(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path, timeout: 2000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(response.statusCode === 200 ? Buffer.concat(chunks).toString() : undefined));
      response.on('error', () => resolve(undefined));
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(undefined)); // no socket, or nobody behind it: both mean "does not answer"
    asked.end();
  });
}
