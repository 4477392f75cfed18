import { createRbacEscalation } from '../authorizers/rbac-escalation.ts';
import type { AdmissionEntry } from './admission.ts';
import { createAlwaysAdmit, createAlwaysDeny } from './plugins/always.ts';
import { createAlwaysPullImages } from './plugins/always-pull-images.ts';
import { createCertificateApproval } from './plugins/certificate-approval.ts';
import { createCertificateSigning } from './plugins/certificate-signing.ts';
import { createCertificateSubjectRestriction } from './plugins/certificate-subject-restriction.ts';
import { createDefaultIngressClass } from './plugins/default-ingress-class.ts';
import { createDefaultStorageClass } from './plugins/default-storage-class.ts';
import { createDefaultTolerationSeconds } from './plugins/default-toleration-seconds.ts';
import { createDenyServiceExternalIps } from './plugins/deny-service-external-ips.ts';
import { createEventRateLimit } from './plugins/event-rate-limit.ts';
import { createExtendedResourceToleration } from './plugins/extended-resource-toleration.ts';
import { createImagePolicyWebhook } from './plugins/image-policy-webhook.ts';
import { createLimitPodHardAntiAffinityTopology } from './plugins/limit-pod-hard-anti-affinity-topology.ts';
import { createLimitRanger } from './plugins/limit-ranger.ts';
import { createNamespaceAutoProvision } from './plugins/namespace-auto-provision.ts';
import { createNamespaceExists } from './plugins/namespace-exists.ts';
import { createNamespaceLifecycle } from './plugins/namespace-lifecycle.ts';
import { createNodeRestriction } from './plugins/node-restriction.ts';
import { createOwnerReferencesPermissionEnforcement } from './plugins/owner-references-permission-enforcement.ts';
import { createPersistentVolumeClaimResize } from './plugins/persistent-volume-claim-resize.ts';
import { createPodNodeSelector } from './plugins/pod-node-selector.ts';
import { createPodSecurity } from './plugins/pod-security.ts';
import { createPodTolerationRestriction } from './plugins/pod-toleration-restriction.ts';
import { createPodTopologyLabels } from './plugins/pod-topology-labels.ts';
import { createPriority } from './plugins/priority.ts';
import { createResourceQuota } from './plugins/resource-quota.ts';
import { createRuntimeClass } from './plugins/runtime-class.ts';
import { createServiceAccount } from './plugins/service-account.ts';
import { createStorageObjectInUseProtection } from './plugins/storage-object-in-use-protection.ts';
import { createTaintNodesByCondition } from './plugins/taint-nodes-by-condition.ts';

/** The plugins in the order in which they run, which is upstream's: later ones see what earlier ones changed. */
export const admissionPlugins = [
  { name: 'AlwaysAdmit', onByDefault: false, create: createAlwaysAdmit },
  { name: 'NamespaceAutoProvision', onByDefault: false, create: createNamespaceAutoProvision },
  { name: 'NamespaceLifecycle', onByDefault: true, create: createNamespaceLifecycle },
  { name: 'NamespaceExists', onByDefault: false, create: createNamespaceExists },
  { name: 'LimitPodHardAntiAffinityTopology', onByDefault: false, create: createLimitPodHardAntiAffinityTopology },
  { name: 'LimitRanger', onByDefault: true, create: createLimitRanger },
  { name: 'ServiceAccount', onByDefault: true, create: createServiceAccount },
  { name: 'NodeRestriction', onByDefault: false, create: createNodeRestriction },
  { name: 'TaintNodesByCondition', onByDefault: true, create: createTaintNodesByCondition },
  { name: 'AlwaysPullImages', onByDefault: false, create: createAlwaysPullImages },
  { name: 'ImagePolicyWebhook', onByDefault: false, create: createImagePolicyWebhook },
  { name: 'PodSecurity', onByDefault: true, create: createPodSecurity },
  { name: 'PodNodeSelector', onByDefault: false, create: createPodNodeSelector },
  { name: 'Priority', onByDefault: true, create: createPriority },
  { name: 'DefaultTolerationSeconds', onByDefault: true, create: createDefaultTolerationSeconds },
  { name: 'PodTolerationRestriction', onByDefault: false, create: createPodTolerationRestriction },
  { name: 'EventRateLimit', onByDefault: false, create: createEventRateLimit },
  { name: 'ExtendedResourceToleration', onByDefault: false, create: createExtendedResourceToleration },
  { name: 'DefaultStorageClass', onByDefault: true, create: createDefaultStorageClass },
  { name: 'StorageObjectInUseProtection', onByDefault: true, create: createStorageObjectInUseProtection },
  {
    name: 'OwnerReferencesPermissionEnforcement',
    onByDefault: false,
    create: createOwnerReferencesPermissionEnforcement,
  },
  { name: 'PersistentVolumeClaimResize', onByDefault: true, create: createPersistentVolumeClaimResize },
  { name: 'RuntimeClass', onByDefault: true, create: createRuntimeClass },
  { name: 'CertificateApproval', onByDefault: true, create: createCertificateApproval },
  { name: 'CertificateSigning', onByDefault: true, create: createCertificateSigning },
  { name: 'CertificateSubjectRestriction', onByDefault: true, create: createCertificateSubjectRestriction },
  { name: 'DefaultIngressClass', onByDefault: true, create: createDefaultIngressClass },
  { name: 'DenyServiceExternalIPs', onByDefault: false, create: createDenyServiceExternalIps },
  { name: 'PodTopologyLabels', onByDefault: true, create: createPodTopologyLabels },
  { name: 'ResourceQuota', onByDefault: true, create: createResourceQuota },
  { name: 'AlwaysDeny', onByDefault: false, create: createAlwaysDeny },
] as const satisfies readonly AdmissionEntry[];

/** Plugins of upstream's that are not here: they cannot be enabled, and who disables them gets what they want. */
export const notBuilt: ReadonlySet<string> = new Set([
  'ClusterTrustBundleAttest',
  'JobValidation',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'NodeDeclaredFeatureValidator',
  'PodGroupProtection',
  'PodGroupWorkloadExists',
  'PodResizeValidator',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
]);

/** Checks that upstream has in its storage: after all plugins, always on, and no names for `--enable-admission-plugins`. */
export const alwaysOn = [
  { name: 'RBACEscalation', onByDefault: true, create: createRbacEscalation },
] as const satisfies readonly AdmissionEntry[];
