import { isMirrorPod, type ReadonlyPod } from './pod.ts';

/**
 * The pods this node is to run, from the API and from files, and the mirrors that show the latter in the API. A mirror
 * and its static pod have the same namespace and name, and different uids.
 */
export interface PodSet {
  /** By uid, API pods and static ones; no mirrors. */
  get(uid: string): ReadonlyPod | undefined;
  all(): ReadonlyPod[];
  set(pod: ReadonlyPod): void;
  delete(uid: string): void;
  staticPod(fullName: string): ReadonlyPod | undefined;
  mirrorPod(fullName: string): ReadonlyPod | undefined;
  /** By namespace and name; `uid` is the one users know (a mirror's) or the pod's own, the newest where none is given. */
  find(namespace: string, name: string, uid?: string): ReadonlyPod | undefined;
  mirrors(): ReadonlyPod[];
  setMirror(pod: ReadonlyPod): void;
  deleteMirror(pod: ReadonlyPod): void;
}

/** `namespace/name` */
export function fullNameOf(pod: ReadonlyPod): string {
  return `${pod.metadata.namespace}/${pod.metadata.name}`;
}

/** Empty; whoever hears from the sources keeps it up. `set` throws for a mirror, and asks `isStatic` each time. */
export function createPodSet(isStatic: (pod: ReadonlyPod) => boolean): PodSet {
  const pods = new Map<string, ReadonlyPod>();
  const staticByName = new Map<string, ReadonlyPod>();
  const mirrors = new Map<string, ReadonlyPod>();
  return {
    get: (uid) => pods.get(uid),
    all: () => [...pods.values()],
    set: (pod) => {
      if (isMirrorPod(pod)) throw new Error('a mirror pod is not run');
      pods.set(pod.metadata.uid!, pod);
      if (isStatic(pod)) staticByName.set(fullNameOf(pod), pod);
    },
    delete: (uid) => {
      const pod = pods.get(uid);
      pods.delete(uid);
      if (pod && staticByName.get(fullNameOf(pod)) === pod) staticByName.delete(fullNameOf(pod));
    },
    staticPod: (fullName) => staticByName.get(fullName),
    mirrorPod: (fullName) => mirrors.get(fullName),
    find: (namespace, name, uid) => {
      const fullName = `${namespace}/${name}`;
      const staticPod = staticByName.get(fullName);
      const candidates = [...pods.values()].filter((pod) => fullNameOf(pod) === fullName);
      if (!uid) return staticPod ?? candidates.at(-1);
      if (mirrors.get(fullName)?.metadata.uid === uid) return staticPod;
      return candidates.find((pod) => pod.metadata.uid === uid);
    },
    mirrors: () => [...mirrors.values()],
    setMirror: (pod) => void mirrors.set(fullNameOf(pod), pod),
    deleteMirror: (pod) => {
      if (mirrors.get(fullNameOf(pod))?.metadata.uid === pod.metadata.uid) mirrors.delete(fullNameOf(pod));
    },
  };
}
