import type Docker from 'dockerode';
import { spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * A connection to a port inside a sandbox. Its address is tried first; what listens on the loopback interface only is
 * reached by a small helper process that enters the sandbox's network namespace.
 */
export async function dialPort(docker: Docker, sandboxId: string, port: number, signal: AbortSignal): Promise<Duplex> {
  const { NetworkSettings, State, HostConfig } = await docker.getContainer(sandboxId).inspect({ abortSignal: signal });
  if (!State.Running) throw new Error('the sandbox of the pod is not running');
  const onHost = HostConfig.NetworkMode === 'host';
  const address = onHost ? '127.0.0.1' : Object.values(NetworkSettings.Networks)[0]?.IPAddress;
  try {
    if (address) return await dial(address, port, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (onHost) throw error;
  }
  return dialInside(State.Pid, port, signal);
}

function dial(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, signal });
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** Says one byte once it is connected, then carries bytes both ways between its standard streams and the port. */
const helper = `
  const socket = require('node:net').connect({ host: 'localhost', port: Number(process.argv[1]), allowHalfOpen: true });
  socket.once('connect', () => {
    process.stdout.write('+');
    process.stdin.pipe(socket);
    socket.pipe(process.stdout);
  });
  socket.once('error', (error) => { process.stderr.write(error.message); process.exitCode = 1; process.stdin.destroy(); });
`;

function dialInside(pid: number, port: number, signal: AbortSignal): Promise<Duplex> {
  const child = spawn('nsenter', ['-t', String(pid), '-n', process.execPath, '-e', helper, String(port)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
    env: {},
  });
  return new Promise((resolve, reject) => {
    let problem = '';
    child.stderr.on('data', (data: Buffer) => void (problem += data.toString()));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(problem.trim() || `the port-forward helper ended with ${code}`)));
    const onReadable = (): void => {
      if (child.stdout.read(1) === null) return;
      child.stdout.off('readable', onReadable);
      const duplex = Duplex.from({ writable: child.stdin, readable: child.stdout } as never) as Duplex;
      duplex.once('close', () => child.kill('SIGKILL'));
      resolve(duplex);
    };
    child.stdout.on('readable', onReadable);
  });
}
