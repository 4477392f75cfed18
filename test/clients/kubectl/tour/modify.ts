import type { Tour } from '../tour.ts';

const map = (name: string, data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, labels: {app: tour}}\ndata: ${data}\n`;

export const modify: Tour = {
  name: 'apply, edit, patch, replace, delete',
  needs: 'api-server',
  isShort: true,
  files: {
    'a.yaml': map('a', '{k: "1"}'),
    'a2.yaml': map('a', '{k: "2", l: third}'),
    'b.yaml': map('b', '{k: one}'),
    'both.yaml': `${map('a', '{k: "2", l: third}')}---\n${map('b', '{k: one}')}`,
    'd.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  replicas: 1
  selector: {matchLabels: {app: d}}
  template:
    metadata: {labels: {app: d}}
    spec:
      containers:
        - {name: one, image: one:1, env: [{name: A, value: "1"}], ports: [{containerPort: 80}]}
        - {name: two, image: two:1}
`,
    'patch.yaml': 'data: {k: from-file}\n',
    'kustomization.yaml':
      'resources: [b.yaml]\nnamePrefix: k-\nconfigMapGenerator: [{name: gen, literals: [a=b]}]\ngeneratorOptions: {disableNameSuffixHash: true}\n',
    'many/x.yaml': map('x', '{}'),
    'many/z.yaml': map('z', '{}'),
    'pod.yaml':
      'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {schedulerName: nobody, terminationGracePeriodSeconds: 0, containers: [{name: a, image: a:1}]}\n',
    'pod2.yaml':
      'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {schedulerName: nobody, terminationGracePeriodSeconds: 0, containers: [{name: b, image: a:1}]}\n',
  },
  steps: [
    ['kubectl apply -f a.yaml', /^configmap\/a created\n$/],
    ['kubectl apply -f a.yaml', /^configmap\/a unchanged\n$/],
    ['kubectl diff -f a.yaml', /^$/],
    ['kubectl diff -f a2.yaml', /\n- {2}k: "1"\n\+ {2}k: "2"\n\+ {2}l: third\n/, { code: 1 }],
    ['kubectl diff --server-side -f a2.yaml --force-conflicts', /\n\+ {2}l: third\n/, { code: 1 }],
    ['kubectl apply -f a2.yaml --dry-run=server', /^configmap\/a configured \(server dry run\)\n$/],
    ['kubectl apply -f a2.yaml --dry-run=client', /^configmap\/a configured \(dry run\)\n$/],
    ['kubectl apply -f a2.yaml', /^configmap\/a configured\n$/],
    ['kubectl apply view-last-applied cm/a', /l: third/],
    ['kubectl apply -f a.yaml -o jsonpath={.data}', /^{"k":"1"}$/],
    ['kubectl apply set-last-applied -f a2.yaml', /^configmap\/a configured\n$/],
    ["KUBE_EDITOR='sed -i s/third/fourth/' kubectl apply edit-last-applied cm/a", /^configmap\/a edited\n$/],
    ['kubectl apply --server-side -f b.yaml', /^configmap\/b serverside-applied\n$/],
    ['kubectl apply --server-side -f b.yaml --field-manager=other', /^configmap\/b serverside-applied\n$/],
    [
      'sed s/one/five/ b.yaml | kubectl apply --server-side -f - --field-manager=third',
      /Apply failed with 2 conflicts: conflicts with "kubectl":[\s\S]*\.data\.k[\s\S]*Please review the fields above/,
      { code: 1 },
    ],
    [
      'sed s/one/five/ b.yaml | kubectl apply --server-side -f - --field-manager=third --force-conflicts',
      /^configmap\/b serverside-applied\n$/,
    ],
    ['kubectl apply --server-side --force-conflicts -f a2.yaml', /^configmap\/a serverside-applied\n$/],
    [
      'kubectl apply --server-side --dry-run=server -f a2.yaml',
      /^configmap\/a serverside-applied \(server dry run\)\n$/,
    ],
    [
      'kubectl apply -f both.yaml --prune -l app=tour --prune-allowlist=core/v1/ConfigMap',
      /configmap\/a [\s\S]*configmap\/b /,
    ],
    ['kubectl apply -f a.yaml --prune -l app=tour --prune-allowlist=core/v1/ConfigMap', /configmap\/b pruned\n/],
    [
      'KUBECTL_APPLYSET=true kubectl apply --prune --applyset=configmap/set -n $NS -f both.yaml',
      /^(Warning.*\n)*configmap\/a [\s\S]*configmap\/b created\n/,
    ],
    ['KUBECTL_APPLYSET=true kubectl apply --prune --applyset=configmap/set -n $NS -f a.yaml', /configmap\/b pruned\n/],
    ['kubectl apply -f many/', /^configmap\/x created\nconfigmap\/z created\n$/],
    [
      'kubectl apply -k .',
      /^configmap\/k-gen created\nconfigmap\/k-b created\n$|^configmap\/k-b created\nconfigmap\/k-gen created\n$/,
    ],
    ['kubectl kustomize .', /name: k-b\n[\s\S]*name: k-gen|name: k-gen\n[\s\S]*name: k-b/],
    ['kubectl diff -k .', /^$/],
    ['kubectl delete -k .', /^configmap "k-\w+" deleted.*\nconfigmap "k-\w+" deleted.*\n$/],
    ['kubectl apply -f d.yaml', /^deployment.apps\/d created\n$/],
    ['sed s/two:1/two:2/ d.yaml | kubectl apply -f -', /^deployment.apps\/d configured\n$/],
    ["sed '/name: two/d' d.yaml | kubectl apply -f - -o jsonpath={.spec.template.spec.containers[*].image}", /^one:1$/],

    ["KUBE_EDITOR='sed -i s/one:1/one:2/' kubectl edit deployment d", /^deployment.apps\/d edited\n$/],
    ["KUBE_EDITOR='true' kubectl edit deployment d", /^Edit cancelled, no changes made\.\n$/],
    ["KUBE_EDITOR='sed -i s/replicas:.*/replicas:\\ x/' kubectl edit deployment d", /error: |invalid/i, { code: 1 }],
    [
      "KUBE_EDITOR='sed -i 0,/replicas:/s/replicas:.*/replicas:\\ 2/' kubectl edit deployment d --output-patch",
      /Patch: {"spec":{"replicas":2}}\ndeployment.apps\/d edited/,
    ],
    [
      "KUBE_EDITOR='sed -i s/replicas:.2/replicas:\\ 7/' kubectl edit deployment d --subresource=status",
      /edited|no changes/,
    ],

    [
      `kubectl patch deployment d -p '{"spec":{"template":{"spec":{"containers":[{"name":"three","image":"three:1"}]}}}}'`,
      /^deployment.apps\/d patched\n$/,
    ],
    ['kubectl get deployment d -o jsonpath={.spec.template.spec.containers[*].name}', /^three one$/],
    [
      `kubectl patch deployment d -p '{"spec":{"template":{"spec":{"containers":[{"name":"three","$patch":"delete"}]}}}}'`,
      /patched/,
    ],
    ['kubectl get deployment d -o jsonpath={.spec.template.spec.containers[*].name}', /^one$/],
    [`kubectl patch cm a --type=merge -p '{"data":{"k":null,"m":"1"}}' -o jsonpath={.data.m}`, /^1$/],
    [
      `kubectl patch cm a --type=json -p '[{"op":"test","path":"/data/m","value":"1"},{"op":"replace","path":"/data/m","value":"2"}]'`,
      /^configmap\/a patched\n$/,
    ],
    [`kubectl patch cm a --type=json -p '[{"op":"test","path":"/data/m","value":"1"}]'`, /invalid|test/i, { code: 1 }],
    [`kubectl patch cm a --type=merge -p '{"data":{"m":"2"}}'`, /^configmap\/a patched \(no change\)\n$/],
    ['kubectl patch cm a --patch-file=patch.yaml', /^configmap\/a patched\n$/],
    [
      `kubectl patch deployment d --subresource=scale --type=merge -p '{"spec":{"replicas":3}}'`,
      /^deployment.apps\/d patched\n$|scale.autoscaling\/d patched/,
    ],
    ['kubectl get deployment d -o jsonpath={.spec.replicas}', /^3$/],
    [`kubectl patch pod p --subresource=status --type=merge -p '{}'`, /pods "p" not found/, { code: 1 }],
    [`kubectl patch --local -f a.yaml -p '{"data":{"z":"1"}}' --dry-run=client -o jsonpath={.data}`, /"z":"1"/],

    ['kubectl replace -f a2.yaml', /^configmap\/a replaced\n$/],
    [
      'kubectl get cm a -o json | sed s/\\"resourceVersion.*/\\"resourceVersion\\":\\"1\\",/ | kubectl replace -f -',
      /Conflict.*the object has been modified; please apply your changes to the latest version/,
      { code: 1 },
    ],
    ['kubectl replace -f b.yaml', /configmaps "b" not found/, { code: 1 }],
    ['kubectl create -f pod.yaml', /^pod\/p created\n$/],
    ['kubectl replace -f pod2.yaml', /pod updates may not change fields|spec.containers|Forbidden/, { code: 1 }],
    ['kubectl replace --force -f pod2.yaml', /^pod "p" deleted.*\npod\/p replaced\n$/],
    [
      'kubectl get cm a -o json > a.json; kubectl replace --raw /api/v1/namespaces/$NS/configmaps/a -f a.json',
      /"kind":"ConfigMap"/,
    ],

    ['kubectl delete cm x --dry-run=server', /^configmap "x" deleted.* \(server dry run\)\n$/],
    ['kubectl delete -f many/', /^configmap "x" deleted.*\nconfigmap "z" deleted.*\n$/],
    ['kubectl delete cm nothing', /NotFound.*configmaps "nothing" not found/, { code: 1 }],
    ['kubectl delete cm nothing --ignore-not-found', /^$/],
    ['kubectl delete pod p --now', /^pod "p" deleted/],
    ['kubectl create -f pod.yaml && kubectl delete pod p --force --grace-period=0', /pod "p" force deleted/],
    ['kubectl delete deployment d --cascade=orphan', /^deployment.apps "d" deleted/],
    ['kubectl get rs -l app=d -o jsonpath={.items[*].metadata.ownerReferences}', /^$/, { eventually: true }],
    ['kubectl delete rs -l app=d --cascade=foreground', /^replicaset.apps "d-\w+" deleted/],
    ['kubectl get pods -l app=d -o name', /^$/, { eventually: true }],
    [
      'kubectl create deployment e --image=e && kubectl delete deploy/e --cascade=background',
      /deployment.apps "e" deleted/,
    ],
    ['kubectl delete cm --all', /configmap "a" deleted/],
    ['kubectl delete cm,secrets -l no=such', /^No resources found\n$/],
    ['kubectl delete --raw /api/v1/namespaces/$NS/configmaps/nothing', /not found/, { code: 1 }],
    [
      'kubectl create cm i --from-literal=a=b && echo y | kubectl delete cm i -i',
      /configmap "i" deleted/,
      { since: 29 },
    ],
    [
      'kubectl create cm f && kubectl patch cm f --type=merge -p \'{"metadata":{"finalizers":["a.b/c"]}}\' && kubectl delete cm f --wait=false',
      /configmap "f" deleted/,
    ],
    ['kubectl delete cm f --timeout=1s', /timed out waiting for the condition on configmaps\/f/, { code: 1 }],
    [
      'kubectl patch cm f --type=merge -p \'{"metadata":{"finalizers":null}}\'; kubectl wait --for=delete cm/f --timeout=10s',
      /patched/,
    ],
  ],
};
