/** Objects of a size that real clusters hold, written by hand to cost nothing. */

export const podName = (index: number): string => `pod-${index}`;
/** The name in `configMapManifest(index)`. */
export const configMapName = (index: number): string => `config-${index}`;
export const markAnnotation = 'k8ts.bench/write';

/**
 * About 1 KB as sent, 3 KB as answered. The label `n` selects just this one. No scheduler takes it, so that nobody else writes to it.
 */
export function podManifest(index: number): string {
  const name = podName(index);
  return `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"${name}","labels":{"app":"bench","tier":"web","n":"${name}"},"annotations":{"example.com/note":"a note of some length, as the pods of real clusters carry them"}},"spec":{"schedulerName":"k8ts-bench","containers":[{"name":"main","image":"registry.example/bench:1","env":[{"name":"A","value":"1"},{"name":"B","value":"2"},{"name":"POD","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}],"ports":[{"name":"http","containerPort":8080}],"resources":{"requests":{"cpu":"10m","memory":"16Mi"},"limits":{"memory":"64Mi"}},"readinessProbe":{"httpGet":{"path":"/ready","port":"http"}}}]}}`;
}

/** The JSON of the ConfigMap of that number. */
export function configMapManifest(index: number): string {
  return `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${configMapName(index)}","labels":{"app":"bench"}},"data":{"key":"value","long":"${'x'.repeat(200)}"}}`;
}

/** As a kubelet reports a pod that has come up. */
export const statusPatch =
  '{"status":{"phase":"Running","podIP":"10.1.2.3","podIPs":[{"ip":"10.1.2.3"}],"conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}';

/**
 * A merge patch (RFC 7386) by which watchers know a write again; `mark` goes into the JSON as it is, without escapes.
 */
export const markPatch = (mark: string): string => `{"metadata":{"annotations":{"${markAnnotation}":"${mark}"}}}`;
