import { objectKey, type DeepReadonly, type ObjectKey } from '../../api/meta/object.ts';
import { persistentVolumeClaims } from '../../api/resources/core/persistent-volume-claim.ts';
import { persistentVolumes } from '../../api/resources/core/persistent-volume.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { resourceSlices } from '../../api/resources/resource/resource-slice.ts';
import { volumeAttachments } from '../../api/resources/storage/volume-attachment.ts';
import type { PersistentVolume, Pod } from '../../api/schema/generated/core-v1.ts';
import type { CacheReader } from '../storage/cache-reader.ts';
import { podReferences, type PodReferences } from './pod-references.ts';

export type RelatedKind =
  | 'pod'
  | 'secret'
  | 'configMap'
  | 'claim'
  | 'persistentVolume'
  | 'resourceClaim'
  | 'serviceAccount'
  | 'volumeAttachment'
  | 'resourceSlice';

/** Which objects a node has to do with: by way of the pods bound to it, and the volumes of these. */
export interface NodeGraph {
  related(nodeName: string, kind: RelatedKind, at: { readonly namespace: string; readonly name: string }): boolean;
}

/**
 * Answers from the cache. Only the pods are filed, by node, from the first question on; what they refer to is worked out
 * when asked and kept as long as the pod does not change.
 */
export function createNodeGraph(cache: CacheReader): NodeGraph {
  let podsByNode: ReadonlyMap<string, ReadonlyMap<ObjectKey, DeepReadonly<Pod>>> | undefined;
  const known = new WeakMap<object, PodReferences>();

  const references = (pod: DeepReadonly<Pod>): PodReferences => {
    let found = known.get(pod);
    if (!found) known.set(pod, (found = podReferences(pod)));
    return found;
  };
  const podsOf = (nodeName: string): DeepReadonly<Pod>[] => {
    podsByNode ??= filePodsByNode(cache);
    return [...(podsByNode.get(nodeName)?.values() ?? [])];
  };
  const podsOfIn = (nodeName: string, namespace: string): DeepReadonly<Pod>[] =>
    podsOf(nodeName).filter((pod) => pod.metadata.namespace === namespace);
  const volumeOfClaim = (namespace: string, name: string): DeepReadonly<PersistentVolume> | undefined => {
    const volumeName = cache.get(persistentVolumeClaims, { namespace, name })?.spec?.volumeName;
    const volume = volumeName ? cache.get(persistentVolumes, { name: volumeName }) : undefined;
    const claim = volume?.spec?.claimRef;
    return claim?.name === name && claim.namespace === namespace ? volume : undefined;
  };
  const volumesOf = (nodeName: string): DeepReadonly<PersistentVolume>[] =>
    podsOf(nodeName).flatMap((pod) =>
      [...references(pod).claims].flatMap((claim) => volumeOfClaim(pod.metadata.namespace ?? '', claim) ?? []),
    );

  return {
    related(nodeName, kind, { namespace, name }) {
      const some = (test: (found: PodReferences) => boolean): boolean =>
        podsOfIn(nodeName, namespace).some((pod) => test(references(pod)));
      switch (kind) {
        case 'pod':
          // A path may name a pod without its namespace: there is none such.
          return namespace !== '' && cache.get(pods, { namespace, name })?.spec?.nodeName === nodeName;
        case 'secret':
          return (
            some(({ secrets }) => secrets.has(name)) ||
            volumesOf(nodeName).some((volume) =>
              volumeSecrets(volume).some((s) => s?.name === name && s.namespace === namespace),
            )
          );
        case 'configMap':
          return some(({ configMaps }) => configMaps.has(name));
        case 'claim':
          return some(({ claims }) => claims.has(name));
        case 'resourceClaim':
          return some(({ resourceClaims }) => resourceClaims.has(name));
        case 'serviceAccount':
          return some(({ serviceAccount }) => serviceAccount === name);
        case 'persistentVolume':
          return volumesOf(nodeName).some((volume) => volume.metadata.name === name);
        case 'volumeAttachment':
          return cache.get(volumeAttachments, { name })?.spec.nodeName === nodeName;
        case 'resourceSlice':
          return cache.get(resourceSlices, { name })?.spec.nodeName === nodeName;
      }
    },
  };
}

function filePodsByNode(cache: CacheReader): Map<string, Map<ObjectKey, DeepReadonly<Pod>>> {
  const byNode = new Map<string, Map<ObjectKey, DeepReadonly<Pod>>>();
  const remove = (pod: DeepReadonly<Pod>): void => {
    const nodeName = pod.spec?.nodeName ?? '';
    const filed = byNode.get(nodeName);
    filed?.delete(objectKey(pod));
    if (filed?.size === 0) byNode.delete(nodeName);
  };
  const add = (pod: DeepReadonly<Pod>): void => {
    const nodeName = pod.spec?.nodeName;
    if (!nodeName) return;
    const filed = byNode.get(nodeName) ?? new Map<ObjectKey, DeepReadonly<Pod>>();
    filed.set(objectKey(pod), pod);
    byNode.set(nodeName, filed);
  };
  cache.onChange(pods, ({ current, previous }) => {
    if (previous) remove(previous);
    if (current) add(current);
  });
  cache.list(pods).forEach(add);
  return byNode;
}

type SecretReference = { readonly name?: string; readonly namespace?: string } | undefined;

/** Secrets that a kubelet reads to mount a volume. Where a reference names no namespace, the claim's is meant. */
function volumeSecrets(volume: DeepReadonly<PersistentVolume>): SecretReference[] {
  const spec = volume.spec ?? {};
  const near = { namespace: spec.claimRef?.namespace };
  return [
    spec.azureFile && { name: spec.azureFile.secretName, namespace: spec.azureFile.secretNamespace ?? near.namespace },
    spec.cephfs?.secretRef && { ...near, ...spec.cephfs.secretRef },
    spec.cinder?.secretRef && { ...near, ...spec.cinder.secretRef },
    spec.flexVolume?.secretRef && { ...near, ...spec.flexVolume.secretRef },
    spec.rbd?.secretRef && { ...near, ...spec.rbd.secretRef },
    spec.scaleIO?.secretRef && { ...near, ...spec.scaleIO.secretRef },
    spec.iscsi?.secretRef && { ...near, ...spec.iscsi.secretRef },
    spec.storageos?.secretRef,
    spec.csi?.controllerExpandSecretRef,
    spec.csi?.nodeExpandSecretRef,
    spec.csi?.nodePublishSecretRef,
    spec.csi?.nodeStageSecretRef,
  ];
}
