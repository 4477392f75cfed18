import type { RuntimeClass } from '../../schema/generated/node-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateRuntimeClass, validateRuntimeClassUpdate } from './runtime-class-validation.ts';
import { nodeLabelDeprecation } from '../core/node-label-warnings.ts';
import { defineResource } from '../define-resource.ts';

export const runtimeClasses = defineResource<RuntimeClass>({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  scope: 'Cluster',
  typeName: 'io.k8s.api.node.v1.RuntimeClass',
  storagePrefix: 'runtimeclasses',
  metadataRules: { anyFinalizer: true },
  storageVersionHash: 'WQTu1GL3T2Q=',
  allowUnconditionalUpdate: false,
  validate: validateRuntimeClass,
  validateUpdate: validateRuntimeClassUpdate,
  warnings: runtimeClassWarnings,
  columns: [
    nameColumn,
    {
      name: 'Handler',
      type: 'string',
      description:
        'handler specifies the underlying runtime and configuration that the CRI implementation will use to handle pods of this class. The possible values are specific to the node & CRI configuration.  It is assumed that all handlers are available on every node, and handlers of the same name are equivalent on every node. For example, a handler called "runc" might specify that the runc OCI runtime (using native Linux containers) will be used to run the containers in a pod. The Handler must be lowercase, conform to the DNS Label (RFC 1123) requirements, and is immutable.',
      cell: (runtimeClass) => runtimeClass.handler,
    },
    ageColumn,
  ],
});

function runtimeClassWarnings({ scheduling }: RuntimeClass): string[] {
  const deprecations = Object.keys(scheduling?.nodeSelector ?? {}).map(nodeLabelDeprecation);
  return deprecations.flatMap((deprecation) => (deprecation ? [`scheduling.nodeSelector: ${deprecation}`] : []));
}
