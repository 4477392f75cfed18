/** `node api/meta/own-copy.bench.ts`: what a text that was cut out of another costs when the object it stands in is encoded. */
// eslint-disable-next-line no-restricted-imports -- a bench is no part of the service
import { podManifest } from '../../bench/manifests.ts';
// eslint-disable-next-line no-restricted-imports -- a bench is no part of the service
import { systemClock } from '../../component/clock.ts';
import { ownCopy } from './own-copy.ts';

const count = 2000;
const rounds = 15;

const fieldsV1 = {
  'f:metadata': { 'f:annotations': { '.': {}, 'f:example.com/note': {} }, 'f:labels': { '.': {}, 'f:app': {} } },
  'f:spec': {
    'f:containers': {
      'k:{"name":"main"}': {
        '.': {},
        'f:env': { '.': {}, 'k:{"name":"LEVEL"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
        'f:image': {},
        'f:name': {},
        'f:ports': { '.': {}, 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
        'f:resources': { '.': {}, 'f:limits': { '.': {}, 'f:cpu': {}, 'f:memory': {} } },
      },
    },
    'f:dnsPolicy': {},
    'f:restartPolicy': {},
    'f:schedulerName': {},
    'f:securityContext': {},
    'f:terminationGracePeriodSeconds': {},
  },
};
/** As they are before they are stored: read from a body, with the manager that the user agent names. */
function pods(managerOf: (userAgent: string) => string): unknown[] {
  return Array.from({ length: count }, (_, i) => {
    const manager = managerOf(`Go-http-client/2.0 (${i})`);
    const copied = JSON.parse(JSON.stringify(fieldsV1)) as object;
    const managed = { manager, operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: copied };
    const { metadata, ...rest } = JSON.parse(podManifest(i)) as { metadata: object };
    return { kind: 'Pod', metadata: { ...metadata, managedFields: [managed] }, ...rest };
  });
}

/** Microseconds an object, of the best round. */
function timeOf(objects: readonly unknown[]): number {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const begun = systemClock.monotonicMs();
    for (const object of objects) JSON.stringify(object);
    best = Math.min(best, systemClock.monotonicMs() - begun);
  }
  return (best * 1000) / objects.length;
}

const cut = (userAgent: string): string => userAgent.split('/', 1)[0]!;
for (const [what, managerOf] of [
  ['cut out of the user agent', cut],
  ['a copy of its own', (userAgent: string) => ownCopy(cut(userAgent))],
] as const) {
  process.stdout.write(`${what}: ${timeOf(pods(managerOf)).toFixed(1)} µs a pod\n`);
}
