import type { Tour } from '../tour.ts';
import { untilSaid } from './until-said.ts';

const configMaps = ['a', 'b', 'c', 'd', 'e']
  .map(
    (name, i) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, labels: {side: ${i % 2 ? 'odd' : 'even'}, at: "${9 - i}"}}\ndata: {num: "${i}"}\n`,
  )
  .join('---\n');

export const get: Tour = {
  name: 'get',
  needs: 'api-server',
  files: {
    'maps.yaml': configMaps,
    'columns.txt': 'NAME NUMBER\nmetadata.name data.num\n',
    'number.tpl': '{{range .items}}{{.data.num}};{{end}}',
    'node.yaml': 'apiVersion: v1\nkind: Node\nmetadata: {name: NODE}\n',
  },
  steps: [
    ['kubectl create -f maps.yaml', /^(configmap\/\w created\n){5}$/],
    ['kubectl run p --image=web --labels=side=odd --overrides=\'{"spec":{"schedulerName":"nobody"}}\'', /created/],
    ['kubectl create deployment d --image=web', /created/],
    ['kubectl get configmaps', /^NAME +DATA +AGE\na +1 +[\dhms]+\n/],
    ['kubectl get cm a b', /^NAME +DATA +AGE\na +1 +[\dhms]+\nb +1 +[\dhms]+\n$/],
    [
      'kubectl get cm a nothing',
      /^NAME.*\na .*\nError from server \(NotFound\): configmaps "nothing" not found\n$/,
      { code: 1 },
    ],
    ['kubectl get cm nothing --ignore-not-found', /^$/],
    ['kubectl get nothings', /^error: the server doesn't have a resource type "nothings"\n$/, { code: 1 }],
    ['kubectl get secrets', /^No resources found in \S+ namespace\.\n$/],
    ['kubectl get cm --no-headers -o wide', /^a +1 +[\dhms]+\n/],
    ['kubectl get cm -o name -l side=odd', /^configmap\/b\nconfigmap\/d\n$/],
    ["kubectl get cm -o name -l 'side notin (odd),at in (9,7)'", /^configmap\/a\nconfigmap\/c\n$/],
    ['kubectl get cm -l !side -o name', /^configmap\/kube-root-ca.crt\n$/, { eventually: true }],
    ['kubectl get cm -L side,at a', /^NAME +DATA +AGE +SIDE +AT\na +1 +[\dhms]+ +even +9\n$/],
    ['kubectl get cm a --show-labels', /at=9,side=even\n$/],
    ['kubectl get cm --field-selector=metadata.name=b -o name', /^configmap\/b\n$/],
    ['kubectl get pods --field-selector=status.phase=Pending,spec.nodeName= -o name', /^pod\/p$/m],
    ['kubectl get pods --field-selector=spec.bogus=1', /field label not supported: spec.bogus/, { code: 1 }],
    ['kubectl get cm -l side --sort-by={.metadata.labels.at} -o name', /^(configmap\/e\n)(configmap\/d\n)/],
    ['kubectl get cm -l side --sort-by=.data.num', /^NAME +DATA +AGE\na .*\nb .*\nc /],
    ['kubectl get cm -l side --chunk-size=2 -o name', /^(configmap\/\w\n){5}$/],
    ['kubectl get cm --chunk-size=2 -v=8 2>&1 | grep -c "limit=2"', /^[3-9]\n$/],
    [
      'kubectl get cm a -o yaml',
      /^apiVersion: v1\ndata:\n {2}num: "0"\nkind: ConfigMap\nmetadata:\n {2}creationTimestamp: /,
    ],
    ['kubectl get cm a -o yaml --show-managed-fields', /managedFields:\n {2}- apiVersion: v1/],
    ['kubectl get cm a -o json', /^{\n {4}"apiVersion": "v1",\n {4}"data": {\n/],
    [
      "kubectl get cm -l side -o jsonpath='{range .items[*]}{.metadata.name}={.data.num} {end}'",
      /^a=0 b=1 c=2 d=3 e=4 $/,
    ],
    ["kubectl get cm -l side -o 'jsonpath-as-json={.items[0].data}'", /^\[\n {4}{\n {8}"num": "0"\n {4}}\n\]\n$/],
    ["kubectl get cm a -o go-template='{{.metadata.name}}'", /^a$/],
    ['kubectl get cm -l side -o go-template-file=number.tpl', /^0;1;2;3;4;$/],
    ['kubectl get cm a b -o custom-columns=N:.metadata.name,V:.data.num', /^N +V\na +0\nb +1\n$/],
    ['kubectl get cm a -o custom-columns-file=columns.txt', /^NAME +NUMBER\na +0\n$/],
    [
      'kubectl get pods,deploy -o wide',
      /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES\npod\/[\s\S]*\nNAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR\ndeployment.apps\/d /,
    ],
    ['kubectl get all', /^NAME +READY[\s\S]*deployment.apps\/d[\s\S]*replicaset.apps\/d-/, { eventually: true }],
    ['kubectl get pods -A --field-selector=metadata.name=p', /^NAMESPACE +NAME +READY[\s\S]*\n\S+ +p +0\/1 +Pending/],
    ['kubectl get -f maps.yaml -o name', /^(configmap\/\w\n){5}$/],
    [
      'kubectl get --raw /api/v1/namespaces/$NS/configmaps/a',
      /^{"kind":"ConfigMap","apiVersion":"v1","metadata":{.*"name":"a"/,
    ],
    ['kubectl get --raw /nothing', /NotFound.*the server could not find the requested resource/, { code: 1 }],
    ['kubectl get deployment d --subresource=status -o jsonpath={.metadata.name}', /^d$/],
    ['kubectl get deployment d --subresource=scale', /^NAME +DESIRED +AVAILABLE +AGE\nd +1 +\d +[\dhms]+\n$/],
    ['kubectl get deployments.v1.apps d -o jsonpath={.apiVersion}', /^apps\/v1$/],
    ['kubectl get deployments.v1beta1.apps', /doesn't have a resource type/, { code: 1 }],
    [
      untilSaid('kubectl get cm -l side --watch --output-watch-events', 'DELETED', {
        first: 'ADDED *e',
        meanwhile: 'kubectl label cm a x=y; kubectl delete cm e',
      }),
      /EVENT +NAME +DATA +AGE\nADDED +a [\s\S]*MODIFIED +a [\s\S]*DELETED +e /,
    ],
    [
      ': > said; timeout 50 kubectl get cm a --watch-only -o name > said & until grep -q . said; do kubectl annotate cm a x=$((++i)) --overwrite > /dev/null; done; kill $!; cat said',
      /^(configmap\/a\n)+$/,
    ],
    [untilSaid('kubectl get pods p -w -o jsonpath={.metadata.name}', 'p'), /^p/],
    ['kubectl get componentstatuses', /^Warning: v1 ComponentStatus is deprecated|etcd-0/],
    ['sed s/NODE/$NS-n/ node.yaml | kubectl create -f -', /^node\/\S+ created\n$/],
    [
      'kubectl get node $NS-n',
      /^NAME +STATUS +ROLES +AGE +VERSION\n\S+-n +Unknown +<none> +[\dhms]+ +\n/,
      { eventually: true },
    ],
    ['kubectl delete node $NS-n', /^node "\S+" deleted/],
    ['kubectl get namespaces $NS', /^NAME +STATUS +AGE\n\S+ +Active +/],
    ['kubectl get crd,apiservices', /^NAME +SERVICE +AVAILABLE +AGE\napiservice/m],
  ],
};
