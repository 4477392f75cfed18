import type { ControllerRevision } from '../../schema/generated/apps-v1.ts';
import { defineResource } from '../define-resource.ts';

export const controllerRevisions = defineResource<ControllerRevision>({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  scope: 'Namespaced',
  typeName: 'io.k8s.api.apps.v1.ControllerRevision',
  storagePrefix: 'controllerrevisions',
  storageVersionHash: '85nkx63pcBU=',
  columns: [],
});
