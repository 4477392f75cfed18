import type { ProjectedVolumeSource, VolumeProjection } from '../../schema/generated/core-v1.ts';

const sources: readonly VolumeProjection[] = [
  { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
  { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
  { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
];

/**
 * What every pod has its token, CA and namespace from. The odd seconds tell injected tokens apart. It is one object for all
 * pods, so that whoever looks at volumes knows it again: nothing is wrong with it, and nothing to be warned of. Its lists
 * are not frozen, since V8's JSON.stringify leaves its fast path at a frozen list.
 */
export const tokenVolume: ProjectedVolumeSource = frozen({ sources: [...sources], defaultMode: 0o644 });

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) frozen(part);
  return Array.isArray(value) ? value : Object.freeze(value);
}
