import { deploymentController } from './apps/deployment.ts';
import { replicaSetController } from './apps/replica-set.ts';
import { jobController } from './batch/job.ts';
import { ttlAfterFinishedController } from './batch/ttl-after-finished.ts';
import { requestApprovingController } from './certificates/request-approving.ts';
import { requestCleaner } from './certificates/request-cleaner.ts';
import { requestSigningController } from './certificates/request-signing.ts';
import { garbageCollector } from './core/garbage-collector.ts';
import { endpointsController } from './core/endpoints.ts';
import { namespaceController } from './core/namespace.ts';
import { nodeLifecycleController } from './core/node-lifecycle.ts';
import { podGcController } from './core/pod-gc.ts';
import { rootCaPublisher } from './core/root-ca-publisher.ts';
import { serviceAccountController } from './core/service-account.ts';
import { taintEvictionController } from './core/taint-eviction.ts';
import { endpointSliceController } from './discovery/endpoint-slice.ts';
import { clusterRoleAggregationController } from './rbac/cluster-role-aggregation.ts';
import type { Controller } from './framework/define-controller.ts';

/** Every controller, in the order in which they are started. */
export const controllers: readonly Controller[] = [
  serviceAccountController,
  rootCaPublisher,
  namespaceController,
  replicaSetController,
  deploymentController,
  jobController,
  ttlAfterFinishedController,
  endpointSliceController,
  endpointsController,
  podGcController,
  garbageCollector,
  nodeLifecycleController,
  taintEvictionController,
  clusterRoleAggregationController,
  requestSigningController,
  requestApprovingController,
  requestCleaner,
];
