import type { DeepReadonly } from '../../api/meta/object.ts';
import type { APIService, APIServiceCondition } from '../../api/schema/generated/apiregistration-v1.ts';
import type { Service } from '../../api/schema/generated/core-v1.ts';
import type { EndpointSlice } from '../../api/schema/generated/discovery-v1.ts';

/** What an APIService's condition should say, but for its time. */
export type Availability = Pick<APIServiceCondition, 'status' | 'reason' | 'message'>;

const unavailable = (reason: string, message: string): Availability => ({ status: 'False', reason, message });

/** Can the service behind an APIService be reached? In upstream's reasons and words. */
export function planAvailability(
  { spec }: DeepReadonly<APIService>,
  service: DeepReadonly<Service> | undefined,
  slices: readonly DeepReadonly<EndpointSlice>[],
): Availability {
  const reference = spec?.service;
  if (!reference) return { status: 'True', reason: 'Local', message: 'Local APIServices are always available' };
  const which = `service/${reference.name} in ${JSON.stringify(reference.namespace)}`;
  if (!service) return unavailable('ServiceNotFound', `${which} is not present`);
  if (service.spec?.type === 'ClusterIP') {
    const wanted = reference.port ?? 443;
    const port = service.spec.ports?.find((one) => one.port === wanted);
    if (!port) return unavailable('ServicePortError', `${which} is not listening on port ${wanted}`);
    if (slices.length === 0) return unavailable('EndpointsNotFound', `cannot find endpointslices for ${which}`);
    const name = port.name ?? '';
    const isServed = slices.some(
      ({ endpoints, ports }) =>
        ports?.some((one) => (one.name ?? '') === name) &&
        endpoints?.some(({ addresses, conditions }) => addresses.length > 0 && conditions?.ready !== false),
    );
    if (!isServed) {
      const why = `endpointslices for ${which} have no addresses with port name ${JSON.stringify(name)}`;
      return unavailable('MissingEndpoints', why);
    }
  }
  return unavailable('FailedDiscoveryCheck', 'this API server does not pass requests on to other API servers');
}
