import type Docker from 'dockerode';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { progressEnds } from '../../kubelet/runtime/docker-runtime/images.ts';
import { freePorts } from './etcd.ts';
import { eventually } from './eventually.ts';

/** A real registry of images on loopback, with data of its own, that lets in only who knows the password. */
export interface TestRegistry {
  /** `127.0.0.1:PORT`: what names of its images begin with. Docker speaks plain HTTP to loopback. */
  readonly host: string;
  readonly username: string;
  readonly password: string;
  /** Pushes a local image under this name, and takes the name off the local image again. Answers the whole name. */
  push(docker: Docker, localImage: string, name: string): Promise<string>;
  /** Stops it and removes its data, and what the daemon remembers of its images. */
  stop(docker: Docker): Promise<void>;
}

const username = 'puller';
const password = 'of-this-test';
/** The password by bcrypt, the only form that the registry takes. */
const hash = '$2y$05$n934t9HqCoPliWicd/fKM.nijoNtzIN1HuDnp4ScFJr4UQ8ta8hd.';

/** Starts the registry of Debian's docker-registry. Whoever starts it stops it; it dies with this process. */
export async function startRegistry(): Promise<TestRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'k8ts-registry-'));
  const [port] = await freePorts(1);
  const host = `127.0.0.1:${port}`;
  await writeFile(join(folder, 'htpasswd'), `${username}:${hash}\n`, { mode: 0o600 });
  await writeFile(
    join(folder, 'config.yml'),
    JSON.stringify({
      version: 0.1,
      storage: { filesystem: { rootdirectory: join(folder, 'data') } },
      http: { addr: host },
      auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } },
    }),
  );
  const started = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
  const killAtExit = (): void => void started.kill('SIGKILL');
  process.once('exit', killAtExit);
  const exited = once(started, 'exit');
  const authconfig = { username, password, serveraddress: host };
  const registry: TestRegistry = {
    host,
    username,
    password,
    push: async (docker, localImage, name) => {
      const [repository, tag = 'latest'] = name.split(':');
      const whole = `${host}/${repository}:${tag}`;
      await docker.getImage(localImage).tag({ repo: `${host}/${repository}`, tag });
      const stream = await docker.getImage(whole).push({ authconfig });
      await progressEnds(docker, stream as unknown as Readable);
      await docker.getImage(whole).remove();
      return whole;
    },
    stop: async (docker) => {
      for (const { RepoTags, RepoDigests } of await docker.listImages({ digests: true }))
        for (const name of [...(RepoTags ?? []), ...(RepoDigests ?? [])])
          if (name.startsWith(`${host}/`)) await docker.getImage(name).remove({ force: true }).catch(ignoreMissing);
      process.off('exit', killAtExit);
      started.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
  const ended = exited.then(([code]) => Promise.reject(new Error(`docker-registry ended with ${String(code)}`)));
  ended.catch(() => {}); // whoever stops it knows
  await Promise.race([
    ended,
    eventually('the registry answers', async () => (await fetch(`http://${host}/v2/`)).status === 401),
  ]);
  return registry;
}

/** The last name of a repository takes its digests with it. */
function ignoreMissing(error: unknown): void {
  if ((error as { statusCode?: number }).statusCode !== 404) throw error;
}
