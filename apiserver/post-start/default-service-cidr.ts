import { serviceCIDRs } from '../../api/resources/networking/service-cidr.ts';
import { formatTime } from '../../api/meta/time.ts';
import { createMissing } from './create-missing.ts';
import type { PostStartHook } from './post-start-hook.ts';
import { untilDone } from './until-done.ts';

const name = 'kubernetes';

/** The range of service addresses that the flags name, as an object that others can read and add to. */
export const defaultServiceCIDR: PostStartHook = {
  name: 'start-kubernetes-service-cidr-controller',
  run: (deps, done, signal) =>
    untilDone('default ServiceCIDR', deps, signal, async () => {
      const { client, clock, config } = deps;
      const cidrs = config.serviceClusterIpRange.split(',').map((cidr) => cidr.trim());
      await createMissing(deps, serviceCIDRs, [{ metadata: { name }, spec: { cidrs } }], { signal });
      const found = await client.get(serviceCIDRs, { name }, { signal });
      if (!found.status?.conditions?.some(({ type }) => type === 'Ready'))
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
