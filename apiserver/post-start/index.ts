import { bootstrapRoles } from './bootstrap-roles.ts';
import { defaultServiceCIDR } from './default-service-cidr.ts';
import { flowControlDefaults } from './flow-control-defaults.ts';
import { flowSchemaStatus } from './flow-schema-status.ts';
import { identityLease } from './identity-lease.ts';
import { identityLeaseGarbageCollector } from './identity-lease-garbage-collector.ts';
import { kubernetesService } from './kubernetes-service.ts';
import { legacyTokenTracking } from './legacy-token-tracking.ts';
import { localApiServices } from './local-api-services.ts';
import { remoteAvailability } from './remote-availability.ts';
import { serviceRepair } from './service-repair.ts';
import { systemNamespaces } from './system-namespaces.ts';
import { systemPriorityClasses } from './system-priority-classes.ts';
import type { PostStartHook } from './post-start-hook.ts';

/** Every hook. They run side by side, but for those that others build on. */
export const postStartHooks: readonly PostStartHook[] = [
  systemNamespaces,
  bootstrapRoles,
  systemPriorityClasses,
  flowControlDefaults,
  flowSchemaStatus,
  localApiServices,
  remoteAvailability,
  identityLease,
  identityLeaseGarbageCollector,
  defaultServiceCIDR,
  kubernetesService,
  serviceRepair,
  legacyTokenTracking,
];
