import type { APIService } from '../../schema/generated/apiregistration-v1.ts';
import { defineResource } from '../define-resource.ts';

export const apiServices = defineResource<APIService>({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  categories: ['api-extensions'],
  scope: 'Cluster',
  typeName: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
  storagePrefix: 'apiregistration.k8s.io/apiservices',
  storageVersionHash: 'InPBPD7+PqM=',
  subresources: {
    status: { kind: 'APIService', verbs: ['get', 'patch', 'update'] },
  },
  columns: [],
});
