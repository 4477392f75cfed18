import type { Tour } from '../tour.ts';

const map = (name: string, data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, labels: {app: tour}}\ndata: ${data}\n`;
const pod = (image: string, container = 'c'): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {schedulerName: nobody, terminationGracePeriodSeconds: 0, containers: [{name: ${container}, image: ${image}}]}\n`;

export const apply: Tour = {
  name: 'flags of apply, replace, diff, edit and patch',
  needs: 'api-server',
  files: {
    'a.yaml': map('a', '{k: "1"}'),
    'b.yaml': map('b', '{k: "1"}'),
    'typo.yaml': map('typo', '{k: "1"}').replace('\ndata', '\ndates'),
    'pod.yaml': pod('one:1'),
    'pod2.yaml': pod('one:1', 'other'),
    'deep/er/c.yaml': map('c', '{k: "1"}'),
    'set.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  replicas: 0
  selector: {matchLabels: {app: d}}
  template:
    metadata: {labels: {app: d}}
    spec: {containers: [{name: one, image: one:1}]}
`,
  },
  steps: [
    ['kubectl apply -f a.yaml -f b.yaml', /^configmap\/a created\nconfigmap\/b created\n$/],
    ['kubectl apply -R -f deep --wait --timeout=10s', /^configmap\/c created\n$/],
    ['kubectl apply -f typo.yaml', /strict decoding error: unknown field "dates"/, { code: 1 }],
    ['kubectl apply -f typo.yaml --validate=warn', /configmap\/typo created\nWarning: unknown field "dates"\n$/],
    ['kubectl apply -f typo.yaml --validate=ignore', /^configmap\/typo (unchanged|configured)\n$/],
    ['kubectl apply -f a.yaml -l app=none', /no objects passed to apply/, { code: 1 }],
    ['kubectl apply -f a.yaml --openapi-patch=false --overwrite=false', /^configmap\/a unchanged\n$/],
    [
      `kubectl patch cm a --type=merge -p '{"data":{"k":"9"}}' && kubectl apply -f a.yaml --overwrite=false`,
      /patched\n[\s\S]*conflicts with changes made from original to current/,
      { code: 1 },
    ],
    ['kubectl apply -f pod.yaml', /^pod\/p created\n$/],
    ['kubectl apply -f pod2.yaml', /pod updates may not|Forbidden/, { code: 1 }],
    ['kubectl apply -f pod2.yaml --force --grace-period=0 --cascade=background', /pod\/p (configured|created)\n/],
    ['kubectl get pod p -o jsonpath={.spec.containers[*].name}', /^other$|^other c$/],
    [
      'kubectl apply -f a.yaml --prune --all --prune-allowlist=core/v1/ConfigMap --dry-run=client',
      /configmap\/b pruned \(dry run\)\n/,
    ],
    [
      'kubectl diff -f a.yaml --prune -l app=tour --prune-allowlist=core/v1/ConfigMap',
      /\n-kind: ConfigMap\n|\n-  name: b\n/,
      { code: 1 },
    ],
    ['kubectl diff -f b.yaml --concurrency=2', /^$/, { since: 28 }],
    ['kubectl diff -f none.yaml', /does not exist/, { code: 2 }],
    [
      'sed s/name:.a/name:\\ new/ a.yaml | KUBECTL_EXTERNAL_DIFF="diff -q" kubectl diff -f -',
      /^Only in|differ/,
      { code: 1 },
    ],
    [
      'kubectl create cm bare && kubectl apply set-last-applied -f <(kubectl get cm bare -o yaml)',
      /no last-applied-configuration annotation|annotation/,
      { code: 1 },
    ],
    [
      'kubectl apply set-last-applied -f <(kubectl get cm bare -o yaml) --create-annotation --dry-run=server',
      /^configmap\/bare configured( \(server dry run\))?\n$/,
    ],
    ['kubectl apply view-last-applied cm -l app=tour -o json', /"name": "a"[\s\S]*"name": "b"/],
    ['kubectl apply view-last-applied bare', /doesn't have a resource type|arguments/, { code: 1 }],
    ['kubectl apply edit-last-applied cm/bare', /annotation|last-applied/, { code: 1 }],
    ['kubectl apply --server-side -f set.yaml --field-manager=me', /^deployment\.apps\/d serverside-applied\n$/],
    [
      `kubectl apply --server-side --subresource=scale -f <(printf 'apiVersion: autoscaling/v1\\nkind: Scale\\nmetadata: {name: d}\\nspec: {replicas: 1}\\n')`,
      /error|no matches/,
      { since: 32, code: 1 },
    ],
    [
      `kubectl apply --server-side --subresource=status --field-manager=s -f <(printf 'apiVersion: apps/v1\\nkind: Deployment\\nmetadata: {name: d}\\nstatus: {conditions: [{type: Mine, status: "True"}]}\\n') -o jsonpath='{.status.conditions[?(@.type=="Mine")].status}'`,
      /^True$/,
      { since: 32 },
    ],
    ['kubectl get deploy d -o yaml --show-managed-fields | grep -c subresource:', /^[12]\n$/],

    ['kubectl replace -f a.yaml --dry-run=server --save-config', /^configmap\/a replaced \(server dry run\)\n$/],
    ['kubectl replace -f typo.yaml --validate=ignore', /^configmap\/typo replaced\n$/],
    [
      'kubectl replace --force --cascade=background --grace-period=0 --timeout=20s --wait -f pod.yaml',
      /^(Warning: .*\n)?pod "p" (force )?deleted.*\npod\/p replaced\n/,
    ],
    [
      'kubectl get pod p -o json | sed s/Pending/Failed/ | kubectl replace --subresource=status -f -',
      /^pod\/p replaced\n$/,
    ],
    ['kubectl get pod p -o jsonpath={.status.phase}', /^Failed$/],
    ['kubectl get pod p --subresource=status -o name', /^pod\/p\n$/],
    [
      'kubectl get pod p --subresource=nothing',
      /could not find the requested resource|invalid subresource/,
      { code: 1 },
    ],
    [
      `kubectl patch pod p --subresource=status --type=merge -p '{"status":{"phase":"Pending"}}' --dry-run=server`,
      /patched/,
    ],
    [
      `kubectl patch -f a.yaml --type=json -p '[{"op":"replace","path":"/data/k","value":"3"}]' -o jsonpath={.data.k} --field-manager=me`,
      /^3$/,
    ],
    [`kubectl patch cm a -p 'data: {k: yaml}' -o jsonpath={.data.k}`, /^yaml$/],
    [`kubectl patch cm a --type=nonsense -p '{}'`, /--type must be one of/, { code: 1 }],
    [`kubectl patch cm a -p '{"data":{"k":1}}'`, /cannot unmarshal|invalid|unrecognized type/i, { code: 1 }],
    ['KUBE_EDITOR=\'sed -i s/\\"yaml\\"/\\"json\\"/\' kubectl edit cm a -o json --save-config', /"k": "json"/],
    ["KUBE_EDITOR='sed -i s/json/windows/' kubectl edit cm a --windows-line-endings", /^configmap\/a edited\n$/],
    ["KUBE_EDITOR='sed -i s/name:.a/name:\\ z/' kubectl edit cm a", /error|may not be/i, { code: 1 }],
    ['KUBE_EDITOR=false kubectl edit cm a', /error/, { code: 1 }],
    [
      "KUBE_EDITOR='sed -i s/k:/kk:/' kubectl edit -f a.yaml --validate=warn --field-manager=me",
      /^configmap\/a edited\n$/,
    ],
    ["KUBE_EDITOR='sed -i s/kk:/l:/' kubectl edit cm a b", /configmap\/a edited\n/],
  ],
};
