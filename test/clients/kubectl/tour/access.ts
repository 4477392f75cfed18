import type { Tour } from '../tour.ts';

export const access: Tour = {
  name: 'auth, certificate, create token, wait, taint, cordon, proxy',
  needs: 'api-server',
  files: {
    'rbac.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: NAMESPACE}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: NAMESPACE}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: jane}]
`,
    'csr.sh': `openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -subj "/O=o/CN=jane" -out c 2>/dev/null
printf 'apiVersion: certificates.k8s.io/v1\\nkind: CertificateSigningRequest\\nmetadata: {name: %s}\\nspec:\\n  request: %s\\n  signerName: kubernetes.io/kube-apiserver-client\\n  usages: [client auth]\\n' "$1" "$(base64 -w0 < c)" | kubectl create -f -
`,
    'proxy.sh': `rm -f proxy.log; timeout 50 kubectl proxy --port=0 $1 > proxy.log & proxy=$!
until grep -qs Starting proxy.log; do sleep 0.1; done
curl -s "http://$(sed "s/.* //" proxy.log)$2"
kill $proxy; wait $proxy 2>/dev/null; true
`,
    'node.yaml': 'apiVersion: v1\nkind: Node\nmetadata: {name: NODE}\n',
  },
  steps: [
    [
      'sed s/NAMESPACE/$NS/ rbac.yaml | kubectl auth reconcile -f -',
      /role\S* reconciled[\s\S]*rolebinding\S* reconciled/,
    ],
    ['sed "s/NAMESPACE/$NS/;s/list/list, watch/" rbac.yaml | kubectl auth reconcile -f -', /missing rules added/],
    ['kubectl auth can-i create pods', /^yes\n$/],
    ['kubectl auth can-i list configmaps --as=jane', /^yes\n$/],
    ['kubectl auth can-i delete configmaps --as=jane', /^no\n$/, { code: 1 }],
    ['kubectl auth can-i get /healthz --as=jane', /^(yes|no)\n/, { code: 0 }],
    ["kubectl auth can-i '*' '*' --as=system:admin --as-group=system:masters", /^yes\n/],
    [
      'kubectl auth can-i --list --as=jane',
      /^Resources +Non-Resource URLs +Resource Names +Verbs\n[\s\S]*configmaps +\[\] +\[\] +\[.*get.*\]\n/,
    ],
    ['kubectl auth whoami', /^ATTRIBUTE +VALUE\nUsername +\S+\nGroups +\[system:masters/, { since: 28 }],
    ['kubectl auth whoami --as=jane -o jsonpath={.status.userInfo.username}', /^jane$/, { since: 28 }],
    ['kubectl get cm --as=jane -o name', /^$|configmap\//],
    [
      'kubectl create sa sa && kubectl get cm --token=$(kubectl create token sa) --kubeconfig=/dev/null --server=$(kubectl config view --minify -o jsonpath={.clusters[0].cluster.server}) --insecure-skip-tls-verify -n $NS',
      /User "system:serviceaccount:\S+:sa" cannot list resource "configmaps"/,
      { code: 1 },
    ],
    ['sh csr.sh $NS-1', /^certificatesigningrequest\S* created\n$/],
    [
      'kubectl get csr $NS-1',
      /^NAME +AGE +SIGNERNAME +REQUESTOR +REQUESTEDDURATION +CONDITION\n\S+ +[\dhms]+ +kubernetes.io\/kube-apiserver-client +\S+ +<none> +Pending\n/,
    ],
    ['kubectl certificate approve $NS-1', /^certificatesigningrequest\S* approved\n$/],
    [
      'kubectl get csr $NS-1 -o jsonpath={.status.certificate} | base64 -d | openssl x509 -noout -subject',
      /O = o, CN = jane/,
      { eventually: true },
    ],
    ['kubectl get csr $NS-1', /Approved,Issued\n/],
    ['sh csr.sh $NS-2 && kubectl certificate deny $NS-2', /certificatesigningrequest\S* denied\n$/],
    ['kubectl get csr $NS-2', /Denied\n/],
    ['kubectl certificate approve $NS-1 --force', /approved\n$/],
    ['kubectl certificate deny $NS-2 --force', /denied\n$/],
    ['kubectl certificate approve none', /certificatesigningrequests\S* "none" not found/, { code: 1 }],
    ['kubectl describe csr $NS-2', /Status: +Denied\n/],
    ['kubectl delete csr $NS-1 $NS-2', /^(certificatesigningrequest\S* "\S+" deleted.*\n){2}$/],
    ['sed s/NODE/$NS-n/ node.yaml | kubectl create -f -', /created/],
    ['kubectl taint node $NS-n a=b:NoSchedule', /^node\/\S+ tainted\n$/],
    ['kubectl taint node $NS-n a=c:NoSchedule', /already has a taint|already has/, { code: 1 }],
    ['kubectl taint node $NS-n a=c:NoSchedule --overwrite', /^node\/\S+ modified\n$/],
    ['kubectl taint node $NS-n a-', /^node\/\S+ untainted\n$/],
    ['kubectl cordon $NS-n', /^node\/\S+ cordoned\n$/],
    ['kubectl cordon $NS-n', /^node\/\S+ already cordoned\n$/],
    ['kubectl get node $NS-n', /SchedulingDisabled/],
    ['kubectl uncordon $NS-n', /^node\/\S+ uncordoned\n$/],
    ['kubectl describe node $NS-n', /Unschedulable: +false\n/],
    ['kubectl delete node $NS-n', /deleted/],
    [
      'kubectl create cm w && kubectl wait --for=jsonpath={.metadata.name}=w cm/w --timeout=5s',
      /configmap\/w condition met\n$/,
    ],
    ['kubectl wait --for=jsonpath={.metadata.uid} cm/w --timeout=5s', /configmap\/w condition met\n$/, { since: 31 }],
    [
      'kubectl create deployment d --image=a && kubectl wait --for=condition=Progressing deploy/d --timeout=20s',
      /deployment.apps\/d condition met\n$/,
    ],
    ['kubectl wait --for=condition=Available=false deploy/d --timeout=20s', /deployment.apps\/d condition met\n$/],
    [
      'kubectl wait --for=condition=Available deploy/d --timeout=1s',
      /^error: timed out waiting for the condition on deployments\/d\n$/,
      { code: 1 },
    ],
    [
      ': > said; timeout 50 kubectl wait -v=6 --for=delete cm/w --timeout=40s > said 2>&1 & until grep -q watch=true said; do sleep 0.1; done; kubectl delete cm w > /dev/null; wait; cat said',
      /^configmap\/w condition met$/m,
    ],
    [
      '(sleep 1; kubectl create cm late >/dev/null) & kubectl wait --for=create cm/late --timeout=20s; wait',
      /^configmap\/late condition met\n$/,
      { since: 31 },
    ],
    ['bash proxy.sh "" /version', /"gitVersion": "v1.36.3"/],
    ['bash proxy.sh "--address=127.0.0.1 --api-prefix=/k/ --keepalive=1s" /k/api', /"kind": ?"APIVersions"/],
    ['bash proxy.sh --append-server-path /api/v1/namespaces/$NS/configmaps/w', /"code": ?404/],
    ['bash proxy.sh --reject-paths=^/version /version', /Forbidden/],
    ['bash proxy.sh --accept-paths=^/api /version', /Forbidden/],
    ['bash proxy.sh --reject-methods=GET /version', /Forbidden/],
    ['bash proxy.sh --accept-hosts=^nobody$ /version', /Forbidden/],
    ['bash proxy.sh --disable-filter /version', /v1\.36\.3/],
    ['bash proxy.sh "--www=. --www-prefix=/files/" /files/node.yaml', /^apiVersion: v1\nkind: Node\n/],
    ['bash proxy.sh "" "/api/v1/namespaces/$NS/configmaps?watch=1&timeoutSeconds=1"', /^{"type":"ADDED"/],
    [
      'rm proxy.log; timeout 50 kubectl proxy --unix-socket=$PWD/socket > proxy.log & until grep -qs Starting proxy.log; do sleep 0.1; done; curl -s --unix-socket socket http://localhost/version; kill $!',
      /v1\.36\.3/,
    ],
  ],
};
