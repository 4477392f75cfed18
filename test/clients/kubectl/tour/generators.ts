import type { Tour } from '../tour.ts';

const dry = '--dry-run=server -o';

export const generators: Tour = {
  name: 'generate: what create, run, expose and autoscale make of their flags',
  needs: 'api-server',
  files: {
    'in/a.txt': 'a\n',
    'in/b.txt': 'b\n',
    'some.env': 'A=1\nB=2\n',
    'docker.json': '{"auths":{}}',
    'map.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, labels: {side: left}}\ndata: {a: b}\n',
    'map.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"raw"}}',
  },
  steps: [
    [
      `kubectl create clusterrole $NS --verb=get,list --resource=pods/log,deployments.apps --resource-name=a ${dry} jsonpath={.rules}`,
      /^\[{"apiGroups":\[""\],"resourceNames":\["a"\],"resources":\["pods\/log"\],"verbs":\["get","list"\]},{"apiGroups":\["apps"\],"resourceNames":\["a"\],"resources":\["deployments"\],"verbs":\["get","list"\]}\]$/,
    ],
    [
      'kubectl create clusterrole $NS --verb=get --resource=nothings',
      /doesn't have a resource type "nothings"/,
      { code: 1 },
    ],
    [
      `kubectl create clusterrolebinding $NS --clusterrole=view --user=u --serviceaccount=$NS:default ${dry} jsonpath={.subjects[*].kind}`,
      /^User ServiceAccount$/,
    ],
    [
      `kubectl create role r --verb=get --resource=pods --resource-name=a ${dry} jsonpath={.rules[0].resourceNames}`,
      /^\["a"\]$/,
    ],
    [
      `kubectl create rolebinding b --clusterrole=view --group=g ${dry} jsonpath='{.roleRef.kind} {.subjects[0].kind}'`,
      /^ClusterRole Group$/,
    ],
    [
      `kubectl create configmap c --from-file=in --from-file=c=some.env ${dry} jsonpath={.data}`,
      /^{"a.txt":"a\\n","b.txt":"b\\n","c":"A=1\\nB=2\\n"}$/,
    ],
    ['kubectl create configmap c --from-literal=a=b --append-hash', /^configmap\/c-\w{10} created\n$/],
    [
      'kubectl create configmap big --from-literal=a=$(head -c 100000 /dev/zero | tr "\\0" x) -o name',
      /^configmap\/big\n$/,
    ],
    [
      `kubectl create secret generic s --type=example.com/t --from-file=in/a.txt --from-env-file=some.env ${dry} jsonpath={.type}`,
      /cannot be combined|from-env-file/,
      { code: 1 },
    ],
    [
      `kubectl create secret generic s --type=example.com/t --from-env-file=some.env --append-hash ${dry} jsonpath='{.type} {.data}'`,
      /^example\.com\/t {"A":"MQ==","B":"Mg=="}$/,
    ],
    [
      `kubectl create secret generic s --from-file=in/a.txt --from-literal=b=c ${dry} jsonpath={.data}`,
      /^{"a.txt":"YQo=","b":"Yw=="}$/,
    ],
    [
      `kubectl create secret docker-registry s --from-file=.dockerconfigjson=docker.json ${dry} jsonpath={.data}`,
      /^{"\.dockerconfigjson":"eyJhdXRocyI6e319"}$/,
    ],
    [
      `kubectl create secret docker-registry s --docker-username=u --docker-password=p --docker-email=e@example.com --append-hash ${dry} jsonpath={.type}`,
      /^kubernetes\.io\/dockerconfigjson$/,
    ],
    ['echo x > x; kubectl create secret tls s --cert=x --key=x', /tls: failed to find any PEM data/, { code: 1 }],
    ['kubectl create secret tls s --cert=x --key=missing', /no such file/, { code: 1 }],
    [
      `kubectl create cronjob cj --image=i --schedule="@daily" --restart=Never ${dry} jsonpath={.spec.jobTemplate.spec.template.spec.restartPolicy}`,
      /^Never$/,
    ],
    [`kubectl create cronjob cj --image=i --schedule="x y"`, /spec\.schedule: Invalid value: "x y"/, { code: 1 }],
    [
      `kubectl create ingress i --class=c --default-backend=d:http --annotation=a=b --rule="x/*=s:80" ${dry} jsonpath='{.spec.defaultBackend} {.metadata.annotations} {.spec.rules[0].http.paths[0].pathType}'`,
      /^{"service":{"name":"d","port":{"name":"http"}}} {"a":"b"} Prefix$/,
    ],
    [`kubectl create pdb p --selector=a=b --max-unavailable=25% ${dry} jsonpath={.spec.maxUnavailable}`, /^25%$/],
    ['kubectl create pdb p --selector=a=b', /one of min-available or max-unavailable must be specified/, { code: 1 }],
    [
      `kubectl create priorityclass $NS --value=7 --global-default --preemption-policy=Never ${dry} jsonpath='{.value} {.globalDefault} {.preemptionPolicy}'`,
      /^7 true Never$/,
    ],
    [
      'kubectl create priorityclass $NS --value=2000000000',
      /Forbidden: maximum allowed value of a user defined priority/,
      { code: 1 },
    ],
    [
      `kubectl create quota q --hard=pods=1,cpu=2 --scopes=BestEffort ${dry} jsonpath={.spec}`,
      /spec\.scopes: Invalid value/,
      { code: 1 },
    ],
    [`kubectl create quota q --hard=pods=1 --scopes=BestEffort ${dry} jsonpath={.spec.scopes}`, /^\["BestEffort"\]$/],
    [
      `kubectl create service nodeport n --tcp=80:web --node-port=31999 ${dry} jsonpath='{.spec.ports[0].nodePort} {.spec.ports[0].targetPort}'`,
      /^31999 web$/,
    ],
    [
      'kubectl create service nodeport n --tcp=80 --node-port=80',
      /provided port is not in the valid range/,
      { code: 1 },
    ],
    [
      `kubectl create service externalname e --external-name=example.com --tcp=80 ${dry} jsonpath='{.spec.externalName} {.spec.ports[0].port}'`,
      /^example\.com 80$/,
    ],
    [
      `kubectl create service clusterip ci --clusterip=1.2.3.4 --tcp=80`,
      /spec\.clusterIPs: Invalid value: .*failed to allocate IP 1\.2\.3\.4/,
      { code: 1 },
    ],
    [
      `kubectl create service loadbalancer l --tcp=80 --tcp=443:8443 ${dry} jsonpath={.spec.ports[*].name}`,
      /^80 443-8443$/,
    ],
    [
      'kubectl create serviceaccount sa --save-config && kubectl apply view-last-applied sa/sa',
      /created\n[\s\S]*kind: ServiceAccount\n/,
    ],
    [
      'kubectl create token sa --bound-object-kind=Pod --bound-object-name=p --bound-object-uid=x',
      /pods "p" not found|not found/,
      { code: 1 },
    ],
    ["kubectl create token sa --duration=10m -o jsonpath='{.spec.expirationSeconds}'", /^600$/],
    [
      `kubectl create token sa --audience=a --audience=b | cut -d. -f2 | tr _- /+ | base64 -d 2>/dev/null; true`,
      /"aud":\["a","b"\]/,
    ],
    ['kubectl create token sa --duration=1m', /may not specify a duration less than 10 minutes/, { code: 1 }],
    [
      "KUBE_EDITOR='sed -i s/left/right/' kubectl create -f map.yaml --edit --save-config",
      /^configmap\/m (created|edited)\n$/,
    ],
    ['kubectl get cm m -o jsonpath={.metadata.labels.side}', /^right$/],
    [
      'kubectl create --raw /api/v1/namespaces/$NS/configmaps -f map.json',
      /^{"kind":"ConfigMap","apiVersion":"v1","metadata":{.*"name":"raw"/,
    ],
    [
      'sed s/^data/dates/ map.yaml | kubectl create -f - --validate=false --dry-run=server -o name',
      /configmaps "m" already exists/,
      { code: 1 },
    ],
    ['kubectl create -f map.yaml -l side=left --dry-run=client -o name', /^configmap\/m\n$/],
    [
      'mkdir -p deep/er; sed "s/name: m/name: deep/" map.yaml > deep/er/m.yaml; kubectl create -R -f deep',
      /^configmap\/deep created\n$/,
    ],
    ['kubectl create -f map.yaml --field-manager=me --dry-run=server', /already exists/, { code: 1 }],
    [
      `kubectl create deployment d --image=a --image=b --replicas=3 --port=80 ${dry} jsonpath='{.spec.template.spec.containers[*].name}'`,
      /^a b$/,
    ],
    [`kubectl create job j --image=i ${dry} jsonpath={.spec.template.spec.restartPolicy}`, /^Never$/],
    ['kubectl create namespace $NS', /namespaces "\S+" already exists/, { code: 1 }],
    [
      `for o in json yaml name 'go-template={{.metadata.name}}{{"\\n"}}' 'jsonpath={.kind}{"\\n"}' 'custom-columns=N:.metadata.name'; do kubectl create cm o --dry-run=client -o "$o" | head -1; done`,
      /^{\napiVersion: v1\nconfigmap\/o\no\nConfigMap\n(N\n)?/,
    ],

    [
      `kubectl run p --image=i --annotations=a=b --image-pull-policy=Never --privileged --env=A=1 --env=B=2 --port=80 --labels=l=1 ${dry} jsonpath='{.metadata.annotations.a} {.spec.containers[0].imagePullPolicy} {.spec.containers[0].securityContext} {.spec.containers[0].env[*].name} {.metadata.labels}'`,
      /^b Never {"privileged":true} A B {"l":"1"}$/,
    ],
    [
      `kubectl run p --image=i --override-type=strategic --overrides='{"spec":{"containers":[{"name":"p","workingDir":"/w"}]}}' ${dry} jsonpath='{.spec.containers[0].image} {.spec.containers[0].workingDir}'`,
      /^i \/w$/,
    ],
    [
      `kubectl run p --image=i --override-type=json --overrides='[{"op":"add","path":"/spec/hostname","value":"h"}]' ${dry} jsonpath={.spec.hostname}`,
      /^h$/,
    ],
    [
      `kubectl run p --image=i --restart=OnFailure ${dry} jsonpath='{.spec.restartPolicy} {.spec.containers[0].args}' -- a b`,
      /^OnFailure \["a","b"\]$/,
    ],
    ['kubectl run P --image=i', /Invalid value: "P"/, { code: 1 }],
    ['kubectl run p --image=""', /image/, { code: 1 }],
    [
      'kubectl run p --image=i --save-config --field-manager=me && kubectl apply view-last-applied pod/p',
      /created\n[\s\S]*image: i\n/,
    ],

    ['kubectl create deployment web --image=w --port=8080', /created/],
    [
      `kubectl expose deployment web --type=ClusterIP --protocol=UDP --external-ip=192.0.2.9 --session-affinity=ClientIP --labels=l=1 --selector=s=1 --name=n --cluster-ip=None ${dry} jsonpath='{.spec.ports[0].protocol} {.spec.externalIPs[0]} {.spec.sessionAffinity} {.metadata.labels} {.spec.selector} {.spec.clusterIP}'`,
      /^UDP 192\.0\.2\.9 ClientIP {"l":"1"} {"s":"1"} None/,
    ],
    [
      `kubectl expose deployment web --type=LoadBalancer --load-balancer-ip=192.0.2.8 --overrides='{"spec":{"ports":[{"port":81}]}}' ${dry} jsonpath='{.spec.loadBalancerIP} {.spec.ports[*].port}'`,
      /^192\.0\.2\.8 81$/,
    ],
    [
      `kubectl expose pod p --port=80 --target-port=http --save-config ${dry} jsonpath={.spec.ports[0].targetPort}`,
      /^http$/,
    ],
    ['kubectl expose cm m --port=80', /cannot expose a ConfigMap/, { code: 1 }],
    ['kubectl expose deployment none --port=80', /deployments.apps "none" not found/, { code: 1 }],
    [
      `kubectl autoscale deployment web --name=other --max=4 ${dry} jsonpath='{.metadata.name} {.spec.minReplicas} {.spec.maxReplicas}'`,
      /^other 1 4$/,
    ],
    [
      'kubectl autoscale deployment web --max=1 --min=2',
      /max.*must be larger or equal|--max=MAXPODS must be/i,
      { code: 1 },
    ],
    ['kubectl autoscale cm m --max=1', /cannot autoscale a ConfigMap/, { code: 1 }],
  ],
};
