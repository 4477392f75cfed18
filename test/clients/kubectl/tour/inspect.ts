import type { Tour } from '../tour.ts';

export const inspect: Tour = {
  name: 'describe, explain, events, api-resources, cluster-info',
  needs: 'api-server',
  files: {
    'event.yaml': `apiVersion: v1
kind: Event
metadata: {name: e1}
type: Warning
reason: Tested
message: a test happened
involvedObject: {kind: ConfigMap, name: c, apiVersion: v1, namespace: NAMESPACE}
firstTimestamp: "2030-01-01T00:00:00Z"
lastTimestamp: "2030-01-01T00:00:00Z"
count: 1
`,
  },
  steps: [
    [
      'kubectl create cm c --from-literal=a=b && kubectl create deployment d --image=web && kubectl create service clusterip s --tcp=80',
      /created/,
    ],
    [
      'kubectl create secret generic sec --from-literal=a=b && kubectl create sa sa && kubectl run p --image=web',
      /created/,
    ],
    [
      'kubectl create ingress i --rule=a/b=s:80 && kubectl create quota q --hard=pods=9 && kubectl create cronjob cj --image=a --schedule="* * 1 1 *"',
      /created/,
    ],
    [
      'kubectl describe cm c',
      /^Name: +c\nNamespace: +\S+\nLabels: +<none>\nAnnotations: +<none>\n\nData\n====\na:\n----\nb\n/,
    ],
    [
      'kubectl describe deployment d',
      /Selector: +app=d\nReplicas: +1 desired[\s\S]*ScalingReplicaSet.*Scaled up replica set d-\w+ (from 0 )?to 1/,
      { eventually: true },
    ],
    ['kubectl describe rs -l app=d', /Controlled By: +Deployment\/d[\s\S]*SuccessfulCreate/, { eventually: true }],
    ['kubectl describe pod p', /^Name: +p\n[\s\S]*Status: +Pending[\s\S]*QoS Class: +BestEffort/],
    ['kubectl describe service s', /Type: +ClusterIP\n[\s\S]*Endpoints: /],
    ['kubectl describe secret sec', /Type: +Opaque\n\nData\n====\na: +1 bytes\n/],
    ['kubectl describe sa sa', /Name: +sa\n/],
    ['kubectl describe ingress i', /a +\n +\/b +s:80 /],
    ['kubectl describe quota q', /pods +\d +9/, { eventually: true, gap: 'no resource quota controller' }],
    ['kubectl describe cronjob cj', /Schedule: +\* \* 1 1 \*\n/],
    ['kubectl describe namespace $NS', /Status: +Active\n[\s\S]*Resource Quotas/],
    ['kubectl describe clusterrole view', /PolicyRule:\n +Resources +Non-Resource URLs +Resource Names +Verbs\n/],
    ['kubectl describe cm nothing', /configmaps "nothing" not found/, { code: 1 }],
    ['kubectl describe apiservice v1.apps', /API Version: +apiregistration.k8s.io\/v1/],
    ['kubectl explain pods', /^KIND: +Pod\nVERSION: +v1\n\nDESCRIPTION:\n[\s\S]*FIELDS:\n/],
    ['kubectl explain pod.spec.containers', /FIELD: containers[\s\S]*image\t<string>\n/],
    [
      'kubectl explain deployment.spec --recursive',
      /template\t<PodTemplateSpec> -required-\n {4}metadata\t<ObjectMeta>\n/,
    ],
    ['kubectl explain hpa --api-version=autoscaling/v1', /VERSION: +v1\n/],
    [
      'kubectl explain pods --output=plaintext-openapiv2',
      /^KIND: +Pod\nVERSION: +v1\n\nDESCRIPTION:\n[\s\S]*FIELDS:\n/,
    ],
    ['kubectl explain deployment.spec.strategy --recursive --output=plaintext-openapiv2', /rollingUpdate\t<Object>\n/],
    ['kubectl explain pod.nothing', /field "nothing" does not exist/, { code: 1 }],
    ['kubectl explain nothing', /couldn't find resource|doesn't have a resource type/, { code: 1 }],
    ['sed s/NAMESPACE/$NS/ event.yaml | kubectl create -f -', /^event\/e1 created\n$/],
    [
      'kubectl events',
      /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n[\s\S]*Warning +Tested +ConfigMap\/c +a test happened/,
    ],
    ['kubectl events --for=cm/c --types=Warning', /Tested/],
    ['kubectl get events --field-selector=reason=Tested', /Warning +Tested +configmap\/c +a test happened/],
    [
      'kubectl api-resources',
      /^NAME +SHORTNAMES +APIVERSION +NAMESPACED +KIND\n[\s\S]*deployments +deploy +apps\/v1 +true +Deployment\n/,
    ],
    [
      'kubectl api-resources --namespaced=false --verbs=list,watch -o name',
      /^namespaces\n[\s\S]*nodes\n[\s\S]*storageclasses.storage.k8s.io\n/m,
    ],
    [
      'kubectl api-resources --api-group=apps -o wide --sort-by=name',
      /controllerrevisions [\s\S]*statefulsets +sts +apps\/v1 +true +StatefulSet +create,delete,deletecollection,get,list,patch,update,watch +all/,
    ],
    ['kubectl api-versions', /^admissionregistration.k8s.io\/v1\n[\s\S]*\nv1\n$/],
    ['kubectl cluster-info', /Kubernetes control plane.* is running at .*https:/],
    [
      'kubectl cluster-info dump --namespaces=$NS --output-directory=dump && ls dump/$NS',
      /deployments.json\n[\s\S]*pods.json\n/,
    ],
    ['kubectl top pods', /^error: Metrics API not available\n$/, { code: 1 }],
    ['kubectl top nodes', /^error: Metrics API not available\n$/, { code: 1 }],
    [
      'kubectl get cm c --as=nobody',
      /Forbidden.*configmaps "c" is forbidden: User "nobody" cannot get resource "configmaps" in API group "" in the namespace/,
      { code: 1 },
    ],
    [
      'kubectl get cm c --token=wrong --certificate-authority= --client-key= --client-certificate=  --kubeconfig=/dev/null --server=$(kubectl config view --minify -o jsonpath={.clusters[0].cluster.server}) --insecure-skip-tls-verify',
      /You must be logged in to the server/,
      { code: 1 },
    ],
    ['kubectl get cm --request-timeout=5s -o name', /configmap\/c\n/],
  ],
};
