import type { DeepReadonly } from '../../api/meta/object.ts';
import { serviceCIDRs } from '../../api/resources/networking/service-cidr.ts';
import { formatTime } from '../../api/meta/time.ts';
import type { ServiceCIDR } from '../../api/schema/generated/networking-v1.ts';
import { storageKey } from '../storage/keys.ts';
import { createMissing } from './create-missing.ts';
import type { PostStartHook } from './post-start-hook.ts';
import { untilDone } from './until-done.ts';

const name = 'kubernetes';
const isReady = ({ status }: DeepReadonly<ServiceCIDR>): boolean =>
  status?.conditions?.some(({ type }) => type === 'Ready') ?? false;

/** The range of service addresses that the flags name, as an object that others can read and add to. */
export const defaultServiceCIDR: PostStartHook = {
  name: 'start-kubernetes-service-cidr-controller',
  run: (deps, done, signal) =>
    untilDone('default ServiceCIDR', deps, signal, async () => {
      const { client, cache, clock, config } = deps;
      const known = cache.get(storageKey(serviceCIDRs, { name }))?.object() as DeepReadonly<ServiceCIDR> | undefined;
      if (known && isReady(known)) return done();
      const cidrs = config.serviceClusterIpRange.split(',').map((cidr) => cidr.trim());
      await createMissing(deps, serviceCIDRs, [{ metadata: { name }, spec: { cidrs } }], { signal });
      const found = await client.get(serviceCIDRs, { name }, { signal });
      if (!isReady(found))
        await client.patch(
          serviceCIDRs,
          { name },
          {
            type: 'apply',
            body: {
              apiVersion: 'networking.k8s.io/v1',
              kind: 'ServiceCIDR',
              metadata: { name },
              status: {
                conditions: [
                  {
                    type: 'Ready',
                    status: 'True',
                    lastTransitionTime: formatTime(clock.now()),
                    reason: '',
                    message: 'Kubernetes default Service CIDR is ready',
                  },
                ],
              },
            },
          },
          { subresource: 'status', fieldManager: 'kubernetes-service-cidr-controller', force: true, signal },
        );
      done();
    }),
};
