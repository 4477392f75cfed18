import type { DeepReadonly } from '../../api/meta/object.ts';
import { flowSchemas } from '../../api/resources/flowcontrol/flow-schema.ts';
import { priorityLevelConfigurations } from '../../api/resources/flowcontrol/priority-level-configuration.ts';
import { hasReason } from '../../api/meta/errors.ts';
import type { FlowSchema, FlowSchemaCondition } from '../../api/schema/generated/flowcontrol-v1.ts';
import { formatTime } from '../../api/meta/time.ts';
import { untilAborted } from '../../component/until-aborted.ts';
import type { PostStartDeps, PostStartHook } from './post-start-hook.ts';

const fieldManager = 'api-priority-and-fairness-config-consumer-v1';
const retryMs = 1000;

/** Tells on every flow schema whether the priority level it names is there. */
export const flowSchemaStatus: PostStartHook = {
  name: 'priority-and-fairness-config-consumer',
  run: async (deps, done, signal) => {
    done();
    await untilAborted(deps.ready, signal);
    let wake = Promise.withResolvers<void>();
    const ends = [flowSchemas, priorityLevelConfigurations].map((row) =>
      deps.reader.onChange(row as typeof flowSchemas, () => wake.resolve()),
    );
    signal.addEventListener('abort', () => wake.resolve(), { once: true });
    while (!signal.aborted) {
      try {
        for (const schema of deps.reader.list(flowSchemas)) await setStatus(deps, schema, signal);
      } catch (error) {
        if (signal.aborted) break;
        deps.log.warn('status of flow schemas was not written', { error });
        await deps.clock.sleep(retryMs, signal).catch(() => {});
        continue;
      }
      await wake.promise;
      wake = Promise.withResolvers<void>();
    }
    for (const end of ends) end();
  },
};

async function setStatus(
  { client, clock, reader }: PostStartDeps,
  { metadata, spec, status }: DeepReadonly<FlowSchema>,
  signal: AbortSignal,
): Promise<void> {
  const level = spec?.priorityLevelConfiguration.name ?? '';
  const isThere = reader.get(priorityLevelConfigurations, { name: level }) !== undefined;
  const which = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
  const wanted = isThere
    ? { status: 'False', reason: 'Found', message: `${which} and it exists` }
    : { status: 'True', reason: 'NotFound', message: `${which} but there is no such object` };
  const known = status?.conditions?.find(({ type }) => type === 'Dangling');
  if (known?.status === wanted.status && known.message === wanted.message) return;
  const condition: FlowSchemaCondition = {
    type: 'Dangling',
    ...wanted,
    lastTransitionTime: known?.status === wanted.status ? known.lastTransitionTime : formatTime(clock.now()),
  };
  const body = {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name: metadata.name },
    status: { conditions: [condition] },
  };
  const options = { subresource: 'status', fieldManager, force: true, signal };
  await client
    .patch(flowSchemas, { name: metadata.name! }, { type: 'apply', body }, options)
    .catch((error: unknown) => {
      if (!hasReason(error, 'NotFound')) throw error;
    });
}
