/**
 * Versions that upstream still knows how to read but serves no more, by kind. A body in one of them is read, and then
 * refused for its version; a patch that names one of the group apps is carried out (`patch/retired-versions.ts`).
 */
const readable: Readonly<Record<string, readonly string[]>> = {
  CertificateSigningRequest: ['certificates.k8s.io/v1beta1'],
  ClusterRole: ['rbac.authorization.k8s.io/v1alpha1', 'rbac.authorization.k8s.io/v1beta1'],
  ClusterRoleBinding: ['rbac.authorization.k8s.io/v1alpha1', 'rbac.authorization.k8s.io/v1beta1'],
  ControllerRevision: ['apps/v1beta1', 'apps/v1beta2'],
  CronJob: ['batch/v1beta1'],
  DaemonSet: ['apps/v1beta2', 'extensions/v1beta1'],
  Deployment: ['apps/v1beta1', 'apps/v1beta2', 'extensions/v1beta1'],
  EndpointSlice: ['discovery.k8s.io/v1beta1'],
  Event: ['events.k8s.io/v1beta1'],
  Ingress: ['networking.k8s.io/v1beta1', 'extensions/v1beta1'],
  IngressClass: ['networking.k8s.io/v1beta1'],
  Lease: ['coordination.k8s.io/v1beta1'],
  NetworkPolicy: ['extensions/v1beta1'],
  PodDisruptionBudget: ['policy/v1beta1'],
  PriorityClass: ['scheduling.k8s.io/v1alpha1', 'scheduling.k8s.io/v1beta1'],
  ReplicaSet: ['apps/v1beta2', 'extensions/v1beta1'],
  Role: ['rbac.authorization.k8s.io/v1alpha1', 'rbac.authorization.k8s.io/v1beta1'],
  RoleBinding: ['rbac.authorization.k8s.io/v1alpha1', 'rbac.authorization.k8s.io/v1beta1'],
  RuntimeClass: ['node.k8s.io/v1alpha1', 'node.k8s.io/v1beta1'],
  Scale: ['apps/v1beta1', 'apps/v1beta2', 'extensions/v1beta1'],
  StatefulSet: ['apps/v1beta1', 'apps/v1beta2'],
  StorageClass: ['storage.k8s.io/v1beta1'],
};

/** Does upstream know how to read the kind in this version, though it does not serve it? */
export function isReadableVersion(kind: string, apiVersion: string): boolean {
  return Object.hasOwn(readable, kind) && readable[kind]!.includes(apiVersion);
}
