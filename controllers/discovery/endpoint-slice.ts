import { hasReason } from '../../api/meta/errors.ts';
import { selectorFromLabels } from '../../api/meta/label-selector.ts';
import { objectKey, type ObjectKey } from '../../api/meta/object.ts';
import { nodes } from '../../api/resources/core/node.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { services } from '../../api/resources/core/service.ts';
import { endpointSlices } from '../../api/resources/discovery/endpoint-slice.ts';
import { defineController, done, watch } from '../framework/define-controller.ts';
import { Expectations } from '../framework/expectations.ts';
import { isNamespaceTerminating } from '../framework/namespace-terminating.ts';
import { servicesOfPod } from './services-of-pod.ts';
import {
  endpointGroups,
  managedBy,
  managedByLabel,
  planEndpointSlices,
  serviceNameLabel,
} from './plan-endpoint-slices.ts';

/** Writes which pods stand behind each service with a selector, in slices of at most a hundred. */
export const endpointSliceController = defineController({
  name: 'endpointslice-controller',
  queueName: 'endpoint_slice',
  reconciles: services,
  watches: [
    watch(pods, servicesOfPod),
    watch(endpointSlices, (slice) => {
      const service = slice.metadata.labels?.[serviceNameLabel];
      return service && slice.metadata.labels?.[managedByLabel] === managedBy
        ? [`${slice.metadata.namespace}/${service}` as ObjectKey]
        : [];
    }),
  ],
  create: (deps) => {
    const { client } = deps;
    const serviceLister = deps.lister(services);
    const podLister = deps.lister(pods);
    const nodeLister = deps.lister(nodes);
    const sliceLister = deps.lister(endpointSlices, {
      indices: {
        service: (slice) => [`${slice.metadata.namespace}/${slice.metadata.labels?.[serviceNameLabel] ?? ''}`],
      },
    });
    const expectations = new Expectations(deps.clock);
    deps.onChange(endpointSlices, {
      added: (slice) =>
        expectations.creationSeen(`${slice.metadata.namespace}/${slice.metadata.labels?.[serviceNameLabel] ?? ''}`),
    });
    return async (key, signal) => {
      if (!expectations.satisfied(key)) return done; // a slice we made is not in the cache yet; when it is, this runs again
      const service = serviceLister.get(key);
      if (!service || service.metadata.deletionTimestamp !== undefined) return done; // its slices go with it
      if (!service.spec?.selector || service.spec.type === 'ExternalName') return done;
      const selector = selectorFromLabels(service.spec.selector);
      const selected = podLister
        .list(service.metadata.namespace)
        .filter((pod) => selector.matches(pod.metadata.labels));
      const existing = sliceLister
        .byIndex('service', key)
        .filter((slice) => slice.metadata.labels?.[managedByLabel] === managedBy);
      const groups = endpointGroups(service, selected, (name) => nodeLister.get(name));
      const plan = planEndpointSlices(service, groups, existing);
      const cause = `service ${objectKey(service)}`;
      try {
        if (plan.create.length > 0) expectations.expect(key, { creations: plan.create.length });
        for (const slice of plan.create) await client.create(endpointSlices, slice, { signal, cause });
        for (const slice of plan.update) await client.update(endpointSlices, slice, { signal, cause });
      } catch (error) {
        expectations.forget(key);
        if (!isNamespaceTerminating(error)) throw error;
      }
      for (const { metadata } of plan.remove)
        await client
          .delete(endpointSlices, { namespace: metadata.namespace, name: metadata.name! }, { signal, cause })
          .catch((error: unknown) => {
            if (!hasReason(error, 'NotFound')) throw error;
          });
      return done;
    };
  },
});
