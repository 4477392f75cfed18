import type { Tour } from '../tour.ts';

export const workloads: Tour = {
  name: 'workloads: rollout, wait, jobs, drain',
  needs: 'cluster',
  files: {
    'pdb.yaml': `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: strict}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
`,
  },
  steps: [
    ['kubectl create deployment web --image=$WEB --replicas=2 --port=8080', /created/],
    ['kubectl rollout status deployment/web --timeout=60s', /deployment "web" successfully rolled out\n$/],
    ['kubectl wait --for=condition=Available deployment/web --timeout=30s', /condition met/],
    ['kubectl get deployment web -o wide', /web +2\/2 +2 +2 +[\dhms]+ +web /],
    ['kubectl annotate deployment web kubernetes.io/change-cause=first', /annotated?\n$/],
    ['kubectl set image deployment/web web=$WEB2', /image updated/],
    ['kubectl annotate deployment web kubernetes.io/change-cause=second --overwrite', /annotated?\n$/],
    ['kubectl rollout status deployment/web --timeout=60s', /successfully rolled out\n$/],
    ['kubectl rollout history deployment/web', /^1 +first\n2 +second\n/m, { eventually: true }],
    ['kubectl rollout history deployment/web --revision=1', /Pod Template:\n[\s\S]*Image:\t\S+web:1\n/],
    ['kubectl rollout undo deployment/web', /^deployment.apps\/web rolled back\n$/],
    ['kubectl rollout status deployment/web --timeout=60s', /successfully rolled out\n$/],
    ['kubectl get deployment web -o jsonpath={.spec.template.spec.containers[0].image}', /web:1$/],
    ['kubectl rollout undo deployment/web --to-revision=2', /rolled back\n$/],
    [
      'kubectl rollout undo deployment/web --to-revision=99',
      /unable to find specified revision 99 in history/,
      { code: 1 },
    ],
    [
      'kubectl rollout pause deployment/web && kubectl set env deployment/web A=1 && kubectl rollout resume deployment/web',
      /resumed\n$/,
    ],
    [
      'kubectl rollout restart deployment/web && kubectl rollout status deployment/web --timeout=60s',
      /successfully rolled out\n$/,
    ],
    ['kubectl expose deployment web --port=80 --target-port=8080', /^service\/web exposed\n$/],
    [
      'curl -s --max-time 5 http://$(kubectl get service web -o jsonpath={.spec.clusterIP})/',
      /"version":"2"/,
      { eventually: true },
    ],
    // A pod of the rollout before may still be on its way out of the slices.
    [
      'kubectl describe service web',
      /Endpoints: +\d+\.\d+\.\d+\.\d+:8080,\d+\.\d+\.\d+\.\d+:8080\n/,
      { eventually: true },
    ],
    ['kubectl get endpointslices -l kubernetes.io/service-name=web', /IPv4 +8080 +\S+,\S+/],
    [
      'kubectl scale deployment web --replicas=1 && kubectl wait --for=jsonpath={.status.readyReplicas}=1 deployment/web --timeout=30s',
      /condition met/,
    ],

    ['kubectl create job sum --image=$IMAGE -- sh -c "echo $((40 + 2))"', /created/],
    ['kubectl wait --for=condition=Complete job/sum --timeout=60s', /condition met/],
    ['kubectl logs job/sum', /^42\n$/],
    ['kubectl get job sum', /^NAME +(STATUS +)?COMPLETIONS +DURATION +AGE\nsum +(Complete +)?1\/1 +[\dhms]+ +/],
    ['kubectl describe job sum', /Pods Statuses: +0 Active \(0 Ready\) \/ 1 Succeeded \/ 0 Failed\n/],
    ['kubectl delete job sum --cascade=foreground --timeout=30s', /deleted/],
    ['kubectl logs deployment/web --tail=1', /./],
    ['kubectl exec deployment/web -- node -p 6*7', /^42\n$/],

    [
      'kubectl create -f pdb.yaml && kubectl wait --for=jsonpath={.status.currentHealthy}=1 pdb/strict --timeout=5s; kubectl get pdb strict',
      /^strict +1 +N\/A +/m,
    ],
    ['kubectl delete pdb strict', /deleted/],
    [
      'kubectl drain $NODE_NAME --dry-run=server --ignore-daemonsets --pod-selector=app=web',
      /evicting pod \S+\/web-\S+ \(server dry run\)\n[\s\S]*drained \(server dry run\)|drained/,
    ],
    [
      'kubectl run bare --image=$IMAGE --restart=Never -- sleep 3600 && kubectl wait --for=condition=Ready pod/bare --timeout=30s',
      /condition met/,
    ],
    [
      'kubectl drain $NODE_NAME --pod-selector=run=bare',
      /cannot delete (cannot delete )?Pods (that )?declare no controller/,
      { code: 1 },
    ],
    [
      'kubectl drain $NODE_NAME --pod-selector=run=bare --force --grace-period=0 --timeout=60s',
      /evicting pod \S+\/bare\n[\s\S]*node\/\S+ drained\n/,
    ],
    ['kubectl get pod bare', /NotFound/, { code: 1 }],
    ['kubectl get node $NODE_NAME', /Ready,SchedulingDisabled/],
    ['kubectl delete pod -l app=web --wait=false && kubectl get pods -l app=web', /Pending/, { eventually: true }],
    ['kubectl uncordon $NODE_NAME', /uncordoned/],
    ['kubectl rollout status deployment/web --timeout=60s', /successfully rolled out\n$/],
    ['kubectl describe node $NODE_NAME', /Non-terminated Pods:[\s\S]*web-/],
    [
      'kubectl get node $NODE_NAME -o wide',
      /^NAME +STATUS +ROLES +AGE +VERSION +INTERNAL-IP +EXTERNAL-IP +OS-IMAGE +KERNEL-VERSION +CONTAINER-RUNTIME\n\S+ +Ready +<none> +\S+ +v1\.36\.3 +\d+\.\d+\.\d+\.\d+ +<none> +\S.*docker:\/\/\S+\n/,
    ],
    [
      'kubectl debug node/$NODE_NAME --attach --quiet --image=$IMAGE --profile=general -- sh -c "sleep 2; cat /host/etc/hostname"',
      /./,
    ],
    [
      'kubectl delete deployment,service web --timeout=60s',
      /deployment.apps "web" deleted[\s\S]*service "web" deleted/,
    ],
    ['kubectl get pods -l app=web -o name', /^$/, { eventually: true }],
  ],
};
