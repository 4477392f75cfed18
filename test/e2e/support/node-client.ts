import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  AppsV1Api,
  BatchV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  KubernetesObjectApi,
  Log,
  type V1Status,
} from '@kubernetes/client-node';

/** The npm client of a cluster: the APIs that the journeys use, and what takes a few lines to do with it. */
export interface NodeClient {
  readonly config: KubeConfig;
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly batch: BatchV1Api;
  readonly objects: KubernetesObjectApi;
  /** Runs a command in a pod's first container to its end; its exit code comes from the server's Status. */
  exec(namespace: string, pod: string, command: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** All that a pod's first container has said until the server ends the answer. */
  logs(namespace: string, pod: string): Promise<string>;
}

export interface ExecOptions {
  readonly stdin?: string;
  readonly tty?: boolean;
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** The official client for JavaScript with the kubeconfig. */
export function createNodeClient(kubeconfig: string): NodeClient {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  return {
    config,
    core,
    apps: config.makeApiClient(AppsV1Api),
    batch: config.makeApiClient(BatchV1Api),
    objects: KubernetesObjectApi.makeApiClient(config),
    async exec(namespace, pod, command, { stdin, tty = false } = {}) {
      const stdout = new PassThrough();
      const stderr = new PassThrough();
      const input = stdin === undefined ? null : Readable.from([stdin]);
      const ended = new Promise<V1Status>((resolve, reject) => {
        new Exec(config)
          .exec(namespace, pod, '', [...command], stdout, tty ? null : stderr, input, tty, resolve)
          .then((socket) =>
            socket.addEventListener('close', ({ code, reason }) =>
              reject(new Error(`closed without a status: ${code} ${reason}`)),
            ),
          )
          .catch(reject);
      });
      if (tty) stderr.end();
      const [out, err, status] = await Promise.all([text(stdout), text(stderr), ended]);
      return { stdout: out, stderr: err, exitCode: exitCodeOf(status) };
    },
    async logs(namespace, pod) {
      const stream = new PassThrough();
      await new Log(config).log(namespace, pod, '', stream);
      return text(stream);
    },
  };
}

/** The exit code in the Status that ends an exec: 0 for Success, else the cause `ExitCode`. */
function exitCodeOf(status: V1Status): number {
  if (status.status === 'Success') return 0;
  const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode');
  if (!cause?.message) throw new Error(`no exit code: ${status.message}`);
  return Number(cause.message);
}
