import type { Service } from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionPlugin } from '../admission.ts';
import { isResource } from '../pods.ts';
import { refuse } from '../refuse.ts';

/** No service gets a new external IP; those that are there may stay. */
export function createDenyServiceExternalIps(): AdmissionPlugin {
  return {
    name: 'DenyServiceExternalIPs',
    handles: ({ operation, row, subresource }) =>
      (operation === 'CREATE' || operation === 'UPDATE') && subresource === '' && isResource(row, '', 'services'),
    validate: (request) => {
      const old = (request.oldObject as unknown as Service | undefined)?.spec?.externalIPs ?? [];
      const next = (request.object as unknown as Service).spec?.externalIPs ?? [];
      if (next.every((address) => old.includes(address))) return;
      throw refuse(request, 'Use of external IPs is denied by admission control');
    },
  };
}
