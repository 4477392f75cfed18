import type { Step, Tour } from '../tour.ts';

interface Kind {
  readonly resource: string;
  readonly manifest: string;
  /** The row of `kubectl get`, behind the name. */
  readonly row: RegExp;
  /** What `kubectl describe` says of it, among other things. */
  readonly described: RegExp;
  readonly isClusterScoped?: true;
  /** `k` by default, behind the namespace where it is of the cluster. */
  readonly name?: string;
  /** The last release of kubectl that describes it; later ones ask for a beta version, which is not served. */
  readonly lastDescribed?: number;
}

const podTemplate = (name: string): string =>
  `{metadata: {labels: {app: ${name}}}, spec: {schedulerName: nobody, containers: [{name: c, image: one:1}]}}`;
const workload = (apiVersion: string, kind: string, name: string, spec = ''): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: {${spec}template: ${podTemplate(name)}}\n`;
const selecting = (name: string): string => `selector: {matchLabels: {app: ${name}}}, `;
const object = (apiVersion: string, kind: string, more: string): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: k}\n${more}\n`;

/** An object of every built-in kind that has no steps of its own elsewhere; none has an effect on others. */
const kinds: readonly Kind[] = [
  {
    resource: 'replicationcontrollers',
    manifest: workload('v1', 'ReplicationController', 'k', 'replicas: 0, '),
    row: /0 +0 +0 +[\dhms]+/,
    described: /Replicas: +0 current \/ 0 desired\n/,
  },
  {
    resource: 'replicasets.apps',
    manifest: workload('apps/v1', 'ReplicaSet', 'k', `replicas: 0, ${selecting('k')}`),
    row: /0 +0 +0 +[\dhms]+/,
    described: /Replicas: +0 current \/ 0 desired\nPods Status: +0 Running/,
  },
  {
    resource: 'statefulsets.apps',
    manifest: workload('apps/v1', 'StatefulSet', 'k', `replicas: 0, serviceName: s, ${selecting('k')}`),
    row: /0\/0 +[\dhms]+/,
    described: /Replicas: +0 desired \| 0 total\nUpdate Strategy: +RollingUpdate\n/,
  },
  {
    resource: 'daemonsets.apps',
    manifest: workload(
      'apps/v1',
      'DaemonSet',
      'k',
      `selector: {matchLabels: {app: k}}, updateStrategy: {type: OnDelete}, `,
    ).replace('schedulerName: nobody', 'nodeSelector: {app: none}'),
    row: /0 +0 +0 +0 +0 +app=none +[\dhms]+/,
    described: /Node-Selector: +app=none\n[\s\S]*Desired Number of Nodes Scheduled: 0\n/,
  },
  {
    resource: 'controllerrevisions.apps',
    manifest: object('apps/v1', 'ControllerRevision', 'revision: 3\ndata: {}'),
    row: /<none> +3 +[\dhms]+/,
    described: /Revision: +3\n/,
  },
  {
    resource: 'podtemplates',
    manifest: `apiVersion: v1\nkind: PodTemplate\nmetadata: {name: k}\ntemplate: ${podTemplate('k')}\n`,
    row: /c +one:1 +app=k/,
    described: /Template:\n[\s\S]*Image: +one:1\n/,
  },
  {
    resource: 'jobs.batch',
    manifest: workload('batch/v1', 'Job', 'k', 'suspend: true, ').replace(
      'spec: {sched',
      'spec: {restartPolicy: Never, sched',
    ),
    row: /(Suspended +)?0\/1 +([\dhms]+)? *[\dhms]+/,
    described: /Pods Statuses: +0 Active/,
  },
  {
    resource: 'cronjobs.batch',
    manifest: object(
      'batch/v1',
      'CronJob',
      `spec: {schedule: "0 0 1 1 *", suspend: true, jobTemplate: {spec: {template: ${podTemplate('k').replace('spec: {', 'spec: {restartPolicy: Never, ')}}}}`,
    ),
    row: /0 0 1 1 \* +(<none> +)?True +0 +<none> +[\dhms]+/,
    described: /Schedule: +0 0 1 1 \*\n[\s\S]*Suspend: +True\n/,
  },
  {
    resource: 'endpoints',
    manifest: object('v1', 'Endpoints', 'subsets: [{addresses: [{ip: 192.0.2.1}], ports: [{name: p, port: 80}]}]'),
    row: /192\.0\.2\.1:80 +[\dhms]+/,
    described: /Addresses: +192\.0\.2\.1\n[\s\S]*p +80 +TCP\n/,
  },
  {
    resource: 'endpointslices.discovery.k8s.io',
    manifest: object(
      'discovery.k8s.io/v1',
      'EndpointSlice',
      'addressType: IPv4\nendpoints: [{addresses: [192.0.2.1], conditions: {ready: true}}]\nports: [{name: p, port: 80}]',
    ),
    row: /IPv4 +80 +192\.0\.2\.1 +[\dhms]+/,
    described: /AddressType: +IPv4\n[\s\S]*Addresses: +192\.0\.2\.1\n +Conditions:\n +Ready: +true\n/,
  },
  {
    resource: 'limitranges',
    manifest: object('v1', 'LimitRange', 'spec: {limits: [{type: PersistentVolumeClaim, max: {storage: 2Gi}}]}'),
    row: /\S+/,
    described: /PersistentVolumeClaim +storage +- +2Gi +- /,
  },
  {
    resource: 'persistentvolumes',
    manifest: object(
      'v1',
      'PersistentVolume',
      'spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], storageClassName: none, hostPath: {path: /tmp/k}}',
    ),
    isClusterScoped: true,
    row: /1Gi +RWO +Retain +(Available|Pending)? +none +(<unset> +)?[\dhms]+/,
    described: /StorageClass: +none\n[\s\S]*Capacity: +1Gi\n[\s\S]*Type: +HostPath/,
  },
  {
    resource: 'persistentvolumeclaims',
    manifest: object(
      'v1',
      'PersistentVolumeClaim',
      'spec: {storageClassName: other, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}',
    ),
    row: /Pending +other +(<unset> +)?[\dhms]+/,
    described: /StorageClass: +other\nStatus: +Pending\n[\s\S]*Used By: +<none>\n/,
  },
  {
    resource: 'horizontalpodautoscalers.autoscaling',
    manifest: object(
      'autoscaling/v2',
      'HorizontalPodAutoscaler',
      'spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: x}, maxReplicas: 3, metrics: [{type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 5Mi}}}]}',
    ),
    row: /Deployment\/x +(memory: )?<unknown>\/5Mi +1 +3 +0 +[\dhms]+/,
    described: /Reference: +Deployment\/x\n[\s\S]*resource memory on pods:? +<unknown> \/ 5Mi\n/,
  },
  {
    resource: 'poddisruptionbudgets.policy',
    manifest: object(
      'policy/v1',
      'PodDisruptionBudget',
      'spec: {maxUnavailable: 1, selector: {matchLabels: {app: none}}}',
    ),
    row: /N\/A +1 +0 +[\dhms]+/,
    described: /Max unavailable: +1\nSelector: +app=none\n/,
  },
  {
    resource: 'networkpolicies.networking.k8s.io',
    manifest: object(
      'networking.k8s.io/v1',
      'NetworkPolicy',
      'spec: {podSelector: {matchLabels: {app: none}}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 80}]}]}',
    ),
    row: /app=none +[\dhms]+/,
    described: /Allowing ingress traffic:\n +To Port: 80\/TCP\n +From:\n +NamespaceSelector: <none>\n/,
  },
  {
    resource: 'ingressclasses.networking.k8s.io',
    manifest: object('networking.k8s.io/v1', 'IngressClass', 'spec: {controller: example.com/c}'),
    isClusterScoped: true,
    row: /example\.com\/c +<none> +[\dhms]+/,
    described: /Controller: +example\.com\/c\n/,
  },
  {
    resource: 'leases.coordination.k8s.io',
    manifest: object('coordination.k8s.io/v1', 'Lease', 'spec: {holderIdentity: me}'),
    row: /me +[\dhms]+/,
    described: /Holder Identity: +me\n/,
  },
  {
    resource: 'storageclasses.storage.k8s.io',
    manifest: object('storage.k8s.io/v1', 'StorageClass', 'provisioner: example.com/p\nallowVolumeExpansion: true'),
    isClusterScoped: true,
    row: /example\.com\/p +Delete +Immediate +true +[\dhms]+/,
    described: /Provisioner: +example\.com\/p\n[\s\S]*ReclaimPolicy: +Delete\n/,
  },
  {
    resource: 'csidrivers.storage.k8s.io',
    manifest: object('storage.k8s.io/v1', 'CSIDriver', 'spec: {attachRequired: false}'),
    isClusterScoped: true,
    row: /false +false +false +<unset> +false +Persistent +[\dhms]+/,
    described: /Attach Required: +false\n/,
  },
  {
    resource: 'csinodes.storage.k8s.io',
    manifest: object('storage.k8s.io/v1', 'CSINode', 'spec: {drivers: [{name: d.example.com, nodeID: id}]}'),
    isClusterScoped: true,
    row: /1 +[\dhms]+/,
    described: /d\.example\.com:\n +Node ID: +id\n/,
  },
  {
    resource: 'csistoragecapacities.storage.k8s.io',
    manifest: object('storage.k8s.io/v1', 'CSIStorageCapacity', 'storageClassName: none\ncapacity: 1Gi'),
    row: /\d{4}-\d\d-\d\dT/,
    described: /Capacity: +1Gi\n/,
  },
  {
    resource: 'volumeattachments.storage.k8s.io',
    manifest: object(
      'storage.k8s.io/v1',
      'VolumeAttachment',
      'spec: {attacher: a.example.com, nodeName: none, source: {persistentVolumeName: none}}',
    ),
    isClusterScoped: true,
    row: /a\.example\.com +none +none +false +[\dhms]+/,
    described: /Attacher: +a\.example\.com\n/,
  },
  {
    resource: 'volumeattributesclasses.storage.k8s.io',
    manifest: object(
      'storage.k8s.io/v1',
      'VolumeAttributesClass',
      'driverName: d.example.com\nparameters: {speed: high}',
    ),
    isClusterScoped: true,
    row: /d\.example\.com +[\dhms]+/,
    described: /d\.example\.com\n/,
    lastDescribed: 28,
  },
  {
    resource: 'runtimeclasses.node.k8s.io',
    manifest: object('node.k8s.io/v1', 'RuntimeClass', 'handler: h'),
    isClusterScoped: true,
    row: /h +[\dhms]+/,
    described: /Handler: +h\n/,
  },
  {
    resource: 'mutatingwebhookconfigurations.admissionregistration.k8s.io',
    manifest: object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', 'webhooks: []'),
    isClusterScoped: true,
    row: /0 +[\dhms]+/,
    described: /Kind: +MutatingWebhookConfiguration\n/,
  },
  {
    resource: 'validatingwebhookconfigurations.admissionregistration.k8s.io',
    manifest: object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'webhooks: []'),
    isClusterScoped: true,
    row: /0 +[\dhms]+/,
    described: /Kind: +ValidatingWebhookConfiguration\n/,
  },
  {
    resource: 'validatingadmissionpolicies.admissionregistration.k8s.io',
    manifest: object(
      'admissionregistration.k8s.io/v1',
      'ValidatingAdmissionPolicy',
      'spec: {matchConstraints: {resourceRules: [{apiGroups: [example.com], apiVersions: [v1], resources: [things], operations: [CREATE]}]}, validations: [{expression: "true"}]}',
    ),
    isClusterScoped: true,
    row: /1 +<unset> +[\dhms]+/,
    described: /Expression: +true\n/,
  },
  {
    resource: 'validatingadmissionpolicybindings.admissionregistration.k8s.io',
    manifest: object(
      'admissionregistration.k8s.io/v1',
      'ValidatingAdmissionPolicyBinding',
      'spec: {policyName: none.example.com, validationActions: [Deny]}',
    ),
    isClusterScoped: true,
    row: /none\.example\.com +<unset> +[\dhms]+/,
    described: /Policy Name: +none\.example\.com\n/,
  },
  {
    resource: 'customresourcedefinitions.apiextensions.k8s.io',
    manifest: object(
      'apiextensions.k8s.io/v1',
      'CustomResourceDefinition',
      'spec: {group: NAMESPACE.example.com, scope: Cluster, names: {plural: ks, singular: k, kind: K}, versions: [{name: v1, served: false, storage: true, schema: {openAPIV3Schema: {type: object}}}]}',
    ).replace('{name: k}', '{name: ks.NAMESPACE.example.com}'),
    name: 'ks.$NS.example.com',
    row: /\d{4}-\d\d-\d\dT\S+/,
    described: /Kind: +CustomResourceDefinition\n/,
  },
  {
    resource: 'flowschemas.flowcontrol.apiserver.k8s.io',
    manifest: object(
      'flowcontrol.apiserver.k8s.io/v1',
      'FlowSchema',
      'spec: {matchingPrecedence: 9999, priorityLevelConfiguration: {name: exempt}}',
    ),
    isClusterScoped: true,
    row: /exempt +9999 +<none> +[\dhms]+ +\S+/,
    described: /Matching Precedence: +9999\n/,
  },
  {
    resource: 'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io',
    manifest: object(
      'flowcontrol.apiserver.k8s.io/v1',
      'PriorityLevelConfiguration',
      'spec: {type: Limited, limited: {nominalConcurrencyShares: 1, limitResponse: {type: Reject}}}',
    ),
    isClusterScoped: true,
    row: /Limited +1 +<none> +<none> +<none> +[\dhms]+/,
    described: /Nominal Concurrency Shares: +1\n/,
  },
  {
    resource: 'deviceclasses.resource.k8s.io',
    manifest: object('resource.k8s.io/v1', 'DeviceClass', 'spec: {}'),
    isClusterScoped: true,
    row: /[\dhms]+/,
    described: /Kind: +DeviceClass\n/,
  },
  {
    resource: 'resourceclaims.resource.k8s.io',
    manifest: object(
      'resource.k8s.io/v1',
      'ResourceClaim',
      'spec: {devices: {requests: [{name: r, exactly: {deviceClassName: none}}]}}',
    ),
    row: /pending +[\dhms]+/,
    described: /Device Class Name: +none\n/,
  },
  {
    resource: 'resourceclaimtemplates.resource.k8s.io',
    manifest: object(
      'resource.k8s.io/v1',
      'ResourceClaimTemplate',
      'spec: {spec: {devices: {requests: [{name: r, exactly: {deviceClassName: none}}]}}}',
    ),
    row: /[\dhms]+/,
    described: /Device Class Name: +none\n/,
  },
  {
    resource: 'resourceslices.resource.k8s.io',
    manifest: object(
      'resource.k8s.io/v1',
      'ResourceSlice',
      'spec: {driver: d.example.com, nodeName: none, pool: {name: p, generation: 1, resourceSliceCount: 1}, devices: [{name: d}]}',
    ),
    isClusterScoped: true,
    row: /none +d\.example\.com +p +[\dhms]+/,
    described: /Driver: +d\.example\.com\n/,
  },
];

/** Cluster-scoped objects carry the namespace's name, so that tours of several kubectls meet no other. */
const all = kinds
  .map(({ manifest, isClusterScoped }) =>
    isClusterScoped ? manifest.replace('metadata: {name: k}', 'metadata: {name: NAMESPACE.k}') : manifest,
  )
  .join('---\n');

function stepsOf({ resource, row, described, isClusterScoped, lastDescribed, ...kind }: Kind): Step[] {
  const name = kind.name ?? (isClusterScoped ? '$NS.k' : 'k');
  return [
    [`kubectl get ${resource} ${name} --no-headers`, new RegExp(`^(Warning: .*\\n)?\\S+ +${row.source}`)],
    [
      `kubectl describe ${resource} ${name}`,
      new RegExp(`^(Warning: .*\\n)?Name: +\\S+\\n[\\s\\S]*${described.source}`),
      lastDescribed === undefined ? {} : { until: lastDescribed },
    ],
  ];
}

export const kindsTour: Tour = {
  name: 'kinds: one of every built-in kind, made, listed, described',
  needs: 'api-server',
  files: { 'kinds.yaml': all },
  steps: [
    [
      'sed s/NAMESPACE/$NS/g kinds.yaml | kubectl create -f -',
      new RegExp(`^(Warning: .*\\n)*(\\S+ created\\n(Warning: .*\\n)*){${kinds.length}}$`),
    ],
    ...kinds.flatMap(stepsOf),
    [
      'sed s/NAMESPACE/$NS/g kinds.yaml | kubectl delete -f - --wait=false',
      new RegExp(`(\\S+ "\\S+" deleted.*\\n(Warning: .*\\n)*){${kinds.length}}$`),
    ],
  ],
};
