import type { Tour } from '../tour.ts';
import { untilSaid } from './until-said.ts';

const deployment = (name: string, side: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, labels: {side: ${side}}}
spec:
  replicas: 0
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: c, image: one:1}, {name: d, image: two:1}]}
`;

export const many: Tour = {
  name: 'many: by label, by field, all, of all namespaces, local and dry',
  needs: 'api-server',
  files: {
    'd.yaml': ['a', 'b', 'c'].map((name, i) => deployment(name, i === 0 ? 'left' : 'right')).join('---\n'),
    'map.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, labels: {side: left}}\ndata: {k: v, l: w}\n',
    'service.yaml':
      'apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {a: b}, ports: [{port: 80}]}\n',
    'node.yaml': 'apiVersion: v1\nkind: Node\nmetadata: {name: NODE, labels: {tour: NODE}}\n',
    'role.yaml':
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r, namespace: NAMESPACE}\nrules: [{apiGroups: [""], resources: [pods], verbs: [get]}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: r, namespace: NAMESPACE}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}\nsubjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: jane}]\n',
  },
  steps: [
    ['kubectl create -f d.yaml -f map.yaml -f service.yaml', /^(\S+ created\n){5}$/],
    ['kubectl get deploy -l side=right -o name --show-kind', /^deployment\.apps\/b\ndeployment\.apps\/c\n$/],
    ['kubectl get deploy a --show-kind --no-headers', /^deployment\.apps\/a +0\/0 /],
    ['kubectl get cm m --server-print=false', /^NAME +AGE\nm +[\dhms]+\n$/],
    ['kubectl get pods -A --chunk-size=1 -o name --ignore-not-found', /^(pod\/\S+\n)*$/],
    [untilSaid('kubectl get deploy -l side=left --watch -o name', 'deployment'), /^deployment\.apps\/a\n/],
    [
      'kubectl describe deploy -l side=right --show-events=false --chunk-size=1',
      /^Name: +b\n[\s\S]*\nName: +c\n(?![\s\S]*Events:)/,
    ],
    ['kubectl describe cm -A -l side=left', /^Name: +m\nNamespace: /],

    [
      'kubectl scale deploy --all --replicas=1 --dry-run=server',
      /^(deployment\.apps\/\w scaled \(server dry run\)\n){3}$/,
    ],
    ['kubectl scale -f d.yaml --replicas=0', /^(deployment\.apps\/\w scaled\n){3}$/],
    ['kubectl scale deploy a --replicas=0 --resource-version=1', /Expected resource version to be 1/, { code: 1 }],
    ['kubectl set image deploy --all c=three:1', /^(deployment\.apps\/\w image updated\n){3}$/],
    [
      'kubectl set image deploy -l side=left c=four:1 --dry-run=server',
      /^deployment\.apps\/a image updated \(server dry run\)\n$/,
    ],
    ['kubectl set image -f d.yaml c=five:1 --local -o name', /^(deployment\.apps\/\w\n){3}$/],
    ['kubectl set env deploy --all -c d A=1', /^(deployment\.apps\/\w env updated\n){3}$/],
    ['kubectl get deploy a -o jsonpath={.spec.template.spec.containers[*].env}', /^\[{"name":"A","value":"1"}\]$/],
    ['kubectl set env deploy/a --overwrite=false A=2', /already has a value/, { code: 1 }],
    ['kubectl set env deploy/a -c c --from=cm/m --keys=l', /^deployment\.apps\/a env updated\n/],
    [
      'kubectl set env deploy/a --list -c c',
      /# (Deployment a|deployments\/a), container c\n# L from configmap m, key l\n/,
    ],
    ['kubectl set env -f d.yaml --local B=1 -o jsonpath={..env}', /"B"/],
    ['kubectl set env deploy/a B=1 --dry-run=server -e C=2', /^deployment\.apps\/a env updated \(server dry run\)\n$/],
    [
      'kubectl set resources deploy -l side=right -c=c --limits=cpu=1',
      /^(deployment\.apps\/\w resource requirements updated\n){2}$/,
    ],
    [
      'kubectl set resources deploy --all --limits=cpu=1 --dry-run=server',
      /^(deployment\.apps\/\w resource requirements updated \(server dry run\)\n)+$/,
    ],
    ['kubectl set resources -f d.yaml --local --requests=cpu=0.5 -o jsonpath={..requests.cpu}', /500m/],
    [
      'kubectl set serviceaccount deploy --all default --dry-run=server',
      /^(deployment\.apps\/\w serviceaccount updated \(server dry run\)\n)+$/,
    ],
    ['kubectl set serviceaccount -f d.yaml other --local -o jsonpath={..serviceAccountName}', /^(other ?)+$/],
    ['kubectl set selector -f service.yaml c=d --local -o jsonpath={.spec.selector}', /^{"c":"d"}$/],
    ['kubectl set selector service s c=d --resource-version=1', /the object has been modified|Conflict/, { code: 1 }],
    ['kubectl set selector service s c=d --dry-run=server', /^service\/s selector updated \(server dry run\)\n$/],
    [
      'sed s/NAMESPACE/$NS/ role.yaml | kubectl create -f - && kubectl set subject rolebinding --all --user=jim --dry-run=server',
      /subjects updated \(server dry run\)\n$/,
    ],
    ['sed 1,/^---/d role.yaml | kubectl set subject -f - --local --group=g -o jsonpath={..subjects}', /"name":"g"/],

    ['kubectl label deploy,cm -l side=left tour=$NS', /^deployment\.apps\/a labeled\nconfigmap\/m labeled\n$/],
    ['kubectl label cm --field-selector=metadata.name=m x=y', /^configmap\/m labeled\n$/],
    ['kubectl label cm -A -l tour=$NS z=y', /^configmap\/m labeled\n$/],
    ['kubectl label -f map.yaml --local l=1 -o jsonpath={.metadata.labels}', /^{"l":"1","side":"left"}$/],
    ['kubectl label cm m d=r --dry-run=server -o jsonpath={.metadata.labels.d}', /^r$/],
    ['kubectl label cm m a=b --resource-version=1', /the object has been modified/, { code: 1 }],
    ['kubectl label deploy --all --list', /^Listing labels for \S+\/a:\n/],
    ['kubectl annotate deploy -l side=right n=1', /^deployment\.apps\/b annotated?\ndeployment\.apps\/c annotated?\n$/],
    ['kubectl annotate cm --all n=1 --overwrite', /configmap\/m annotated?\n/],
    [
      'kubectl annotate cm --field-selector=metadata.name=m n=2',
      /--overwrite is false|already has a value/,
      { code: 1 },
    ],
    ['kubectl annotate cm -A -l tour=$NS o=1', /^configmap\/m annotated?\n$/],
    ['kubectl annotate -f map.yaml --local n=1 -o jsonpath={.metadata.annotations}', /^{"n":"1"}$/],
    ['kubectl annotate cm m p=1 --dry-run=server -o jsonpath={.metadata.annotations.p}', /^1$/],
    ['kubectl annotate cm m p=1 --resource-version=1', /the object has been modified/, { code: 1 }],

    [
      'kubectl rollout restart deploy -l side=right',
      /^deployment\.apps\/b restarted\ndeployment\.apps\/c restarted\n$/,
    ],
    ['kubectl rollout pause deploy -l side=right', /^(deployment\.apps\/\w paused\n){2}$/],
    ['kubectl rollout resume deploy -l side=right', /^(deployment\.apps\/\w resumed\n){2}$/],
    ['kubectl rollout history deploy -l side=left', /^deployment\.apps\/a \nREVISION/],
    ['kubectl rollout status deploy -l side=left --timeout=20s', /deployment "a" successfully rolled out\n$/],
    [
      'kubectl rollout status deploy/a --revision=1',
      /desired revision \(1\) is different from the running revision/,
      { code: 1 },
    ],
    ['kubectl rollout undo deploy/a --dry-run=client', /^deployment\.apps\/a Pod Template:[\s\S]*|rolled back/],

    ['sed s/NODE/$NS-n/g node.yaml | kubectl create -f -', /created/],
    ['kubectl taint nodes -l tour=$NS-n a=b:NoSchedule', /^node\/\S+ tainted\n$/],
    ['kubectl taint nodes --all a=b:NoExecute --dry-run=server', /^(node\/\S+ tainted( \(server dry run\))?\n)+$/],
    ['kubectl taint nodes $NS-n a=b:Nonsense', /invalid taint effect/, { code: 1 }],
    ['kubectl taint nodes $NS-n a:NoSchedule-', /^node\/\S+ untainted\n$/],
    ['kubectl cordon -l tour=$NS-n --dry-run=server', /^node\/\S+ cordoned \(server dry run\)\n$/],
    [
      'kubectl cordon -l tour=$NS-n && kubectl uncordon -l tour=$NS-n --dry-run=client',
      /cordoned\nnode\/\S+ uncordoned \(dry run\)\n$/,
    ],
    [
      'kubectl drain -l tour=$NS-n --chunk-size=1 --disable-eviction --delete-emptydir-data --skip-wait-for-delete-timeout=1 --timeout=10s',
      /node\/\S+ drained\n$/,
    ],
    ['kubectl delete nodes -l tour=$NS-n', /^node "\S+" deleted/],

    [
      'kubectl wait deploy --all --for=jsonpath={.spec.replicas}=0 --timeout=5s',
      /^(deployment\.apps\/\w condition met\n){3}$/,
    ],
    [
      'kubectl wait deploy -l side=right --for=condition=Available --timeout=20s',
      /^(deployment\.apps\/\w condition met\n){2}$/,
    ],
    [
      'kubectl wait cm -A --field-selector=metadata.name=m --for=jsonpath={.data.k}=v --timeout=5s',
      /configmap\/m condition met\n/,
    ],
    ['kubectl wait cm none --for=condition=Ready --timeout=2s', /configmaps "none" not found/, { code: 1 }],
    ['kubectl wait cm m --for=nonsense', /unrecognized condition/, { code: 1 }],
    ['kubectl events --no-headers --chunk-size=2 -o name | head -1', /event/],
    ['kubectl events -A --types=Normal | head -1', /^NAMESPACE +LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n$/],
    [
      `kubectl scale deploy a --replicas=1 >/dev/null; ${untilSaid('kubectl events --watch --for=deployment/a', 'Scaled up')}`,
      /ScalingReplicaSet +Deployment\/a +Scaled up/,
    ],
    ['kubectl auth can-i list pods -A -q', /^$/],
    ['kubectl auth can-i get pods --subresource=log', /^yes\n$/],
    ['kubectl auth can-i --list --no-headers --as=jane | head -3', /^\S+/],
    [
      'sed "s/NAMESPACE/$NS/;s/pods/configmaps/;s/jane/jim/" role.yaml | kubectl auth reconcile -f - --dry-run=client',
      /reconciled \(dry run\)/,
    ],
    [
      'sed "s/NAMESPACE/$NS/;s/pods/configmaps/;s/jane/jim/" role.yaml | kubectl auth reconcile -f - --remove-extra-permissions --remove-extra-subjects',
      /extra rules removed|removed/,
    ],
    ['kubectl get role,rolebinding r -o jsonpath="{..resources} {..subjects[*].name}"', /^\["configmaps"\] jim$/],
    ['kubectl api-resources --cached --categories=all --no-headers -o name', /^pods\n[\s\S]*jobs\.batch\n/],
    ['kubectl cluster-info dump -A --pod-running-timeout=1s -o name | head -1', /./],

    ['kubectl delete deploy --field-selector=metadata.name=c -o name', /^deployment\.apps\/c\n$/],
    ['kubectl delete deploy -l side=right --dry-run=client', /^deployment\.apps "b" deleted.* \(dry run\)\n$/],
    ['kubectl delete cm -A -l tour=$NS', /^configmap "m" deleted/],
    ['kubectl delete -R -f d.yaml --ignore-not-found --timeout=20s', /^(deployment\.apps "\w" deleted.*\n){2}$/],
    ['kubectl delete deploy,service --all', /^service "s" deleted/],
  ],
};
