import type { DeepReadonly } from '../../api/meta/object.ts';
import type { LifecycleHandler } from '../../api/schema/generated/core-v1.ts';
import type { Deps } from '../../component/deps.ts';
import type { ReadonlyContainer } from '../pods/pod.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import { httpGet } from './http-action.ts';
import { runInContainer } from './run-in-container.ts';

export interface HookTarget {
  readonly container: ReadonlyContainer;
  readonly containerId: string;
  readonly podIp: string;
  readonly runtime: ContainerRuntime;
}

/** Runs a postStart or preStop handler to its end. Rejects with what users are to know where it fails. */
export async function runHook(
  handler: DeepReadonly<LifecycleHandler>,
  target: HookTarget,
  deps: Pick<Deps, 'clock'>,
  signal: AbortSignal,
): Promise<void> {
  const { exec, httpGet: action, sleep } = handler;
  if (exec) {
    const { exitCode, output } = await runInContainer(target.runtime, target.containerId, exec.command ?? [], signal);
    if (exitCode !== 0) {
      const command = (exec.command ?? []).join(' ');
      throw new Error(`command '${command}' exited with ${exitCode}: ${output}`);
    }
  } else if (action) {
    // Only a request that could not be made is a failure, whatever the answer says; as upstream has it.
    await httpGet(action, target, { 'user-agent': 'kube-lifecycle/1.36', accept: '*/*' }, signal);
  } else if (sleep) {
    await deps.clock.sleep(sleep.seconds * 1000, signal);
  } else {
    throw new Error('invalid handler');
  }
}
