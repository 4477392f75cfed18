import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '../../client/client.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import { parseFlags } from '../../component/flags.ts';
import { commonFlags } from '../../component/run-component.ts';
import { kubeletFlags, type KubeletConfig } from '../../kubelet/config.ts';
import { createKubelet, type Kubelet } from '../../kubelet/kubelet.ts';
import { createDockerRuntime } from '../../kubelet/runtime/docker-runtime/docker-runtime.ts';
import type { ContainerRuntime } from '../../kubelet/runtime/container-runtime.ts';
import { hostMounter } from '../../kubelet/volumes/mounter.ts';
import { createTestDeps, type LoggedLine } from './test-deps.ts';

export interface TestNode {
  readonly nodeName: string;
  readonly rootDir: string;
  readonly runtime: ContainerRuntime;
  /** Flags of the kubelet, as it was given them. */
  readonly config: KubeletConfig;
  /** What the kubelets of this node have logged. */
  lines(): LoggedLine[];
  /** Starts a kubelet on the node; one at a time. */
  start(): Promise<RunningKubelet>;
  /** Removes all containers, mounts and files of the node. */
  destroy(): Promise<void>;
}

export interface RunningKubelet {
  readonly kubelet: Kubelet;
  /** Stops it; containers run on. */
  stop(): Promise<void>;
}

/** A node in a folder of its own, on the real Docker of this machine; its containers are told apart by that folder. */
export async function createTestNode(
  client: Client,
  options: { readonly args?: readonly string[] } = {},
): Promise<TestNode> {
  const rootDir = await realpath(await mkdtemp(join(tmpdir(), 'k8ts-kubelet-')));
  const nodeName = `node-${rootDir.slice(-6).toLowerCase()}`;
  const parsed = parseFlags({ ...commonFlags, ...kubeletFlags }, [
    `--root-dir=${rootDir}`,
    `--hostname-override=${nodeName}`,
    '--cluster-dns=10.96.0.10',
    '--cluster-domain=cluster.local',
    '--eviction-hard=', // the machine of a test may be full
    ...(options.args ?? []).map((arg) => arg.replaceAll('ROOT', rootDir)),
  ]);
  if (parsed.kind !== 'run') throw new Error('the kubelet is to run');
  const config = parsed.values as KubeletConfig;
  const logs: LoggedLine[][] = [];
  const runtime = createDockerRuntime({ instance: rootDir }, createTestDeps());

  return {
    nodeName,
    rootDir,
    runtime,
    config,
    lines: () => logs.flat(),
    start: async () => {
      const deps = createTestDeps();
      logs.push(deps.lines);
      const recorder = createEventRecorder({ component: 'kubelet', host: nodeName }, client, deps);
      const kubelet = await createKubelet(
        { config, runtime: createDockerRuntime({ instance: rootDir }, deps), client, recorder },
        deps,
      );
      const stop = new AbortController();
      const running = kubelet.run(stop.signal);
      running.catch(() => {}); // told by stop()
      return {
        kubelet,
        stop: async () => {
          stop.abort(new Error('the test is over'));
          await running;
          await recorder.flush();
        },
      };
    },
    destroy: async () => {
      const { sandboxes, containers } = await runtime.observe();
      await Promise.all(containers.map(({ id }) => runtime.removeContainer(id)));
      await Promise.all(sandboxes.map(({ id }) => runtime.removeSandbox(id)));
      await hostMounter.unmountAll(rootDir);
      await rm(rootDir, { recursive: true, force: true });
    },
  };
}
