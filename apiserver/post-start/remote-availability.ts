import { hasReason } from '../../api/meta/errors.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import { apiServices } from '../../api/resources/apiregistration/api-service.ts';
import { services } from '../../api/resources/core/service.ts';
import { endpointSlices } from '../../api/resources/discovery/endpoint-slice.ts';
import type { APIService, APIServiceCondition } from '../../api/schema/generated/apiregistration-v1.ts';
import { formatTime } from '../../api/meta/time.ts';
import { planAvailability } from './plan-availability.ts';
import type { PostStartDeps, PostStartHook } from './post-start-hook.ts';

const retryMs = 1000;

/** Tells on every APIService that names a service whether that can be reached. */
export const remoteAvailability: PostStartHook = {
  name: 'apiservice-status-remote-available-controller',
  run: async (deps, done, signal) => {
    let wake = Promise.withResolvers<void>();
    let hasRemote = false;
    const behind = (): void => {
      if (hasRemote) wake.resolve();
    };
    const ends = [
      deps.reader.onChange(apiServices, () => wake.resolve()),
      deps.reader.onChange(services, behind),
      deps.reader.onChange(endpointSlices, behind),
    ];
    signal.addEventListener('abort', () => wake.resolve(), { once: true });
    while (!signal.aborted) {
      wake = Promise.withResolvers<void>();
      const remote = deps.reader.list(apiServices).filter(({ spec }) => spec?.service);
      hasRemote = remote.length > 0;
      try {
        for (const apiService of remote) await setAvailable(deps, apiService, signal);
        done();
        await wake.promise;
      } catch (error) {
        if (signal.aborted) break;
        deps.log.warn('status of APIServices was not written', { error });
        await deps.clock.sleep(retryMs, signal).catch(() => {});
      }
    }
    for (const end of ends) end();
  },
};

async function setAvailable(
  { client, clock, reader }: PostStartDeps,
  apiService: DeepReadonly<APIService>,
  signal: AbortSignal,
): Promise<void> {
  const { name = '', namespace = '' } = apiService.spec?.service ?? {};
  const slices = reader
    .list(endpointSlices, namespace)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name);
  const wanted = planAvailability(apiService, reader.get(services, { namespace, name }), slices);
  const conditions = apiService.status?.conditions ?? [];
  const known = conditions.find(({ type }) => type === 'Available');
  if (known?.status === wanted.status && known.reason === wanted.reason && known.message === wanted.message) return;
  const condition: APIServiceCondition = {
    type: 'Available',
    status: wanted.status,
    lastTransitionTime: known?.status === wanted.status ? known.lastTransitionTime : formatTime(clock.now()),
    reason: wanted.reason,
    message: wanted.message,
  };
  const others = conditions.filter(({ type }) => type !== 'Available');
  const next = { ...apiService, status: { ...apiService.status, conditions: [...others, condition] } };
  try {
    await client.update(apiServices, next as APIService, { subresource: 'status', signal });
  } catch (error) {
    // Whoever changed it meanwhile has woken us again.
    if (!hasReason(error, 'NotFound') && !hasReason(error, 'Conflict')) throw error;
  }
}
