import { apiServices } from '../../api/resources/apiregistration/api-service.ts';
import { resources } from '../../api/resources/index.ts';
import type { APIService } from '../../api/schema/generated/apiregistration-v1.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import { formatTime } from '../../api/meta/time.ts';
import { untilAborted } from '../../component/until-aborted.ts';
import { storageKey } from '../storage/keys.ts';
import { createMissing } from './create-missing.ts';
import type { PostStartDeps, PostStartHook } from './post-start-hook.ts';
import { untilDone } from './until-done.ts';

/** Where groups stand in discovery, and the versions that do not have the usual priority. */
const groupPriorities: Readonly<Record<string, number>> = {
  '': 18000,
  apps: 17800,
  'events.k8s.io': 17750,
  'authentication.k8s.io': 17700,
  'authorization.k8s.io': 17600,
  autoscaling: 17500,
  batch: 17400,
  'certificates.k8s.io': 17300,
  'networking.k8s.io': 17200,
  policy: 17100,
  'rbac.authorization.k8s.io': 17000,
  'storage.k8s.io': 16800,
  'admissionregistration.k8s.io': 16700,
  'apiextensions.k8s.io': 16700,
  'scheduling.k8s.io': 16600,
  'coordination.k8s.io': 16500,
  'node.k8s.io': 16300,
  'discovery.k8s.io': 16200,
  'resource.k8s.io': 16200,
  'flowcontrol.apiserver.k8s.io': 16100,
};
const versionPriorities: Readonly<Record<string, number>> = {
  'v1.': 1,
  'v2.autoscaling': 30,
  'v1.flowcontrol.apiserver.k8s.io': 21,
  'v1.resource.k8s.io': 21,
};
const usualVersionPriority = 15;

/** An APIService for every group and version that this server answers by itself. */
export const localApiServices: PostStartHook = {
  name: 'apiservice-registration-controller',
  run: (deps, done, signal) =>
    untilDone('local APIServices', deps, signal, async () => {
      const wanted = localVersions();
      await createMissing(deps, apiServices, wanted, { signal });
      done();
      await untilAborted(deps.ready, signal);
      await Promise.all(wanted.map(({ metadata }) => setAvailable(deps, metadata.name!, signal)));
    }),
};

function localVersions(): APIService[] {
  const versions = new Map<string, APIService>();
  for (const { group, version } of resources) {
    if (group === 'apiregistration.k8s.io') continue;
    const name = `${version}.${group}`;
    versions.set(name, {
      metadata: { name, labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' } },
      spec: {
        ...(group ? { group } : {}),
        version,
        groupPriorityMinimum: groupPriorities[group] ?? 1000,
        versionPriority: versionPriorities[name] ?? usualVersionPriority,
      },
    });
  }
  return [...versions.values()];
}

const isAvailable = ({ status }: DeepReadonly<APIService>): boolean =>
  status?.conditions?.some((condition) => condition.type === 'Available' && condition.status === 'True') ?? false;

async function setAvailable({ client, cache, clock }: PostStartDeps, name: string, signal: AbortSignal): Promise<void> {
  const known = cache.get(storageKey(apiServices, { name }))?.object() as DeepReadonly<APIService> | undefined;
  if (known && isAvailable(known)) return;
  const found = await client.get(apiServices, { name }, { signal });
  if (isAvailable(found)) return;
  const condition = {
    type: 'Available',
    status: 'True',
    lastTransitionTime: formatTime(clock.now()),
    reason: 'Local',
    message: 'Local APIServices are always available',
  };
  await client.update(
    apiServices,
    { ...found, status: { ...found.status, conditions: [condition] } },
    { subresource: 'status', signal },
  );
}
