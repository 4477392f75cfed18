import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Container, EphemeralContainer, Pod, Volume } from '../../api/schema/generated/core-v1.ts';

/** Names of objects in the pod's namespace that a kubelet needs to run it. */
export interface PodReferences {
  readonly secrets: ReadonlySet<string>;
  readonly configMaps: ReadonlySet<string>;
  readonly claims: ReadonlySet<string>;
  readonly resourceClaims: ReadonlySet<string>;
  readonly serviceAccount: string;
}

export const mirrorPodAnnotation = 'kubernetes.io/config.mirror';

/** What a pod refers to. A mirror pod refers to nothing: a kubelet makes it, and must not grant itself reads by it. */
export function podReferences(pod: DeepReadonly<Pod>): PodReferences {
  const secrets = new Set<string>();
  const configMaps = new Set<string>();
  const claims = new Set<string>();
  const resourceClaims = new Set<string>();
  if (pod.metadata.annotations?.[mirrorPodAnnotation] !== undefined) {
    return { secrets, configMaps, claims, resourceClaims, serviceAccount: '' };
  }
  const spec = pod.spec;
  const secret = (name: string | undefined): void => void (name && secrets.add(name));
  const configMap = (name: string | undefined): void => void (name && configMaps.add(name));

  for (const reference of spec?.imagePullSecrets ?? []) secret(reference.name);
  for (const container of containersOf(pod)) {
    for (const source of container.envFrom ?? []) {
      secret(source.secretRef?.name);
      configMap(source.configMapRef?.name);
    }
    for (const variable of container.env ?? []) {
      secret(variable.valueFrom?.secretKeyRef?.name);
      configMap(variable.valueFrom?.configMapKeyRef?.name);
    }
  }
  for (const volume of spec?.volumes ?? []) {
    for (const name of volumeSecrets(volume)) secret(name);
    configMap(volume.configMap?.name);
    for (const source of volume.projected?.sources ?? []) {
      secret(source.secret?.name);
      configMap(source.configMap?.name);
    }
    if (volume.persistentVolumeClaim) claims.add(volume.persistentVolumeClaim.claimName);
    if (volume.ephemeral) claims.add(`${pod.metadata.name}-${volume.name}`);
  }
  for (const claim of spec?.resourceClaims ?? []) {
    if (claim.resourceClaimName) resourceClaims.add(claim.resourceClaimName);
  }
  for (const status of pod.status?.resourceClaimStatuses ?? []) {
    if (status.resourceClaimName) resourceClaims.add(status.resourceClaimName);
  }
  return { secrets, configMaps, claims, resourceClaims, serviceAccount: spec?.serviceAccountName ?? '' };
}

/** Init, main and ephemeral containers of a pod, in the order they stand. */
export function containersOf(pod: DeepReadonly<Pod>): DeepReadonly<Container | EphemeralContainer>[] {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod.spec ?? { containers: [] };
  return [...initContainers, ...containers, ...ephemeralContainers];
}

function volumeSecrets(volume: DeepReadonly<Volume>): (string | undefined)[] {
  return [
    volume.secret?.secretName,
    volume.azureFile?.secretName,
    volume.cephfs?.secretRef?.name,
    volume.cinder?.secretRef?.name,
    volume.flexVolume?.secretRef?.name,
    volume.rbd?.secretRef?.name,
    volume.iscsi?.secretRef?.name,
    volume.scaleIO?.secretRef?.name,
    volume.storageos?.secretRef?.name,
    volume.csi?.nodePublishSecretRef?.name,
  ];
}
