import type { Tour } from '../tour.ts';
import { terminal } from './terminal.ts';
import { untilSaid } from './until-said.ts';

export const containers: Tour = {
  name: 'containers: flags of logs, exec, attach, cp, port-forward, run and debug',
  needs: 'cluster',
  files: {
    'duo.yaml': `apiVersion: v1
kind: Pod
metadata: {name: duo, labels: {app: duo, kept: "yes"}, annotations: {kept: "yes"}}
spec:
  terminationGracePeriodSeconds: 0
  initContainers:
    - {name: first, image: IMAGE, command: [echo, from first]}
  containers:
    - {name: a, image: IMAGE, command: [sh, -c, "echo from a; exec sleep 3600"], readinessProbe: {exec: {command: ["true"]}, periodSeconds: 1}}
    - {name: b, image: IMAGE, command: [sh, -c, "echo from b; while true; do echo tick; sleep 0.2; done"], env: [{name: WHO, value: b}]}
`,
    'term.yaml': `apiVersion: v1
kind: Pod
metadata: {name: term}
spec: {restartPolicy: Never, terminationGracePeriodSeconds: 0, containers: [{name: t, image: IMAGE, command: [sh], stdin: true, tty: true}]}
`,
    'talkers.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: talkers}
spec:
  replicas: 2
  selector: {matchLabels: {app: talkers}}
  template:
    metadata: {labels: {app: talkers}}
    spec: {terminationGracePeriodSeconds: 0, containers: [{name: t, image: IMAGE, command: [sh, -c, "echo hello; exec sleep 3600"]}]}
`,
    'custom.yaml': 'env: [{name: CUSTOM, value: of-mine}]\n',
    'sent.txt': 'sent\n',
  },
  steps: [
    [
      'cat duo.yaml <(echo ---) term.yaml <(echo ---) talkers.yaml | sed "s#IMAGE#$IMAGE#" | kubectl apply -f -',
      /created\n/,
    ],
    ['kubectl wait --for=condition=Ready pod/duo pod/term --timeout=60s', /^(pod\/\w+ condition met\n){2}$/],
    ['kubectl rollout status deployment/talkers --timeout=60s', /successfully rolled out\n$/],

    [
      'kubectl logs duo --tail=-1 | head -1',
      /^Defaulted container "a" out of: a, b, first \(init\)\nfrom a\n$|^from a\nDefaulted container .*\n$/,
    ],
    ['kubectl logs duo -c first', /^from first\n$/],
    [
      'kubectl logs duo --all-containers --prefix | grep -v tick | sort',
      /^\[pod\/duo\/a\] from a\n\[pod\/duo\/b\] from b\n\[pod\/duo\/first\] from first\n$/,
    ],
    ['kubectl logs duo -c b --since-time=2020-01-01T00:00:00Z | head -1', /^from b\n$/],
    ['kubectl logs duo -c b --since-time=2099-01-01T00:00:00Z', /^$/],
    ['kubectl logs duo -c b --since=1h --since-time=2020-01-01T00:00:00Z', /at most one of/, { code: 1 }],
    ['kubectl logs duo -c a --insecure-skip-tls-verify-backend', /^from a\n$/],
    ['kubectl logs -l app=talkers --tail=-1', /^(hello\n){2}$/],
    [
      'kubectl logs -f -l app=talkers --max-log-requests=1',
      /you are attempting to follow 2 log streams, but maximum allowed concurrency is 1/,
      { code: 1 },
    ],
    [
      untilSaid('kubectl logs -f -l app=talkers --max-log-requests=2 --ignore-errors --prefix', 'hello'),
      /^(\[pod\/talkers-\S+\/t\] hello\n){1,2}$/,
    ],
    ['kubectl logs deployment/talkers', /^(Found 2 pods, using pod\/talkers-\S+\n)hello\n$|^hello\nFound 2 pods/],
    ['kubectl logs deployment/talkers --all-pods', /^(\[pod\/talkers-\S+\/t\] hello\n){2}$/, { since: 31 }],
    ['kubectl logs deployment/talkers --pod-running-timeout=5s --tail=1', /hello\n/],

    ['kubectl exec duo -- sh -c "echo $((6*7))"', /^42\nDefaulted container "a" out of: a, b, first \(init\)\n$/],
    ["kubectl exec duo -q -c b -- sh -c 'echo $WHO'", /^b\n$/],
    ['kubectl exec deployment/talkers -- echo hello', /^hello\n$/],
    [
      'kubectl exec duo -c a -it -- echo hello',
      /^hello\nUnable to use a TTY - input is not a terminal or the right kind of file\n$/,
    ],
    ['kubectl exec deployment/none --pod-running-timeout=1s -- true', /deployments.apps "none" not found/, { code: 1 }],
    [terminal('stty rows 31 cols 99; kubectl exec -it duo -c a -- sh', 'stty size; exit\\n'), /31 99\r?\n/],
    ['kubectl exec duo -c a -- sh -c "kill -9 \\$\\$"', /command terminated with exit code 137\n$/, { code: 137 }],

    [untilSaid('kubectl attach duo -c b', 'tick'), /tick\n/],
    [untilSaid('kubectl attach duo -c b -q', 'tick'), /^(tick\n)+$/],
    ['kubectl attach -l app=duo', /unknown shorthand flag|unknown flag/, { code: 1 }],
    ['kubectl attach duo -c none', /container none not found|not found in pod/i, { code: 1 }],
    ['kubectl attach none --pod-running-timeout=1s', /pods "none" not found/, { code: 1 }],
    [terminal('kubectl attach -it term', 'echo a$((1+1))b\\nexit\\n'), /a2b/],
    ['kubectl wait --for=jsonpath={.status.phase}=Succeeded pod/term --timeout=20s', /condition met\n$/],
    ['kubectl attach term', /cannot attach a container in a completed pod; current phase is Succeeded/, { code: 1 }],

    [
      'kubectl cp sent.txt duo:/tmp/sent.txt -c b --no-preserve --retries=2 && kubectl exec duo -c b -- cat /tmp/sent.txt',
      /^sent\n$/,
    ],
    ['kubectl cp duo:/tmp/sent.txt back.txt -c b --retries=1 && cat back.txt', /sent\n$/],
    // It does not wait for what the far end complains of.
    ['kubectl cp duo:/tmp/none back.txt -c b', /^(tar: [\s\S]*)?$/],
    ['kubectl cp none.txt duo:/tmp', /none\.txt doesn't exist in local filesystem/, { code: 1 }],
    ['kubectl cp sent.txt none:/tmp', /pods "none" not found/, { code: 1 }],
    [
      'mkdir many; for i in $(seq 300); do echo $i > many/$i; done; kubectl cp many duo:/tmp/many -c a && kubectl exec duo -c a -- sh -c "cat /tmp/many/* | wc -l"',
      /^300\n$/,
    ],

    [
      untilSaid('kubectl port-forward pod/duo :9 --pod-running-timeout=50s', 'Forwarding'),
      /^Forwarding from 127\.0\.0\.1:\d+ -> 9\n/,
    ],
    ['kubectl port-forward pod/none :9', /pods "none" not found/, { code: 1 }],
    ['kubectl port-forward pod/duo nonsense', /error/, { code: 1 }],

    ['kubectl run out --rm --attach --quiet --restart=Never --image=$IMAGE -- sh -c "sleep 2; echo said"', /said\n/],
    [
      'kubectl run bad --attach --restart=Never --image=$IMAGE --pod-running-timeout=30s -- sh -c "sleep 1; exit 3"',
      /terminated \(Error\)\n/,
      { code: 3 },
    ],
    [
      ': > said; (cat sent.txt; until grep -q got said; do sleep 0.1; done) | kubectl run open -i --leave-stdin-open --restart=Never --quiet --image=$IMAGE -- sh -c "read l; echo got \\$l; sleep 3600" > said; cat said',
      /^got sent\n/,
    ],
    [
      'kubectl run wrong --rm --restart=Never --image=$IMAGE',
      /--rm should only be used for attached containers/,
      { code: 1 },
    ],
    ['kubectl delete pod bad open --now --timeout=20s', /pod "bad" deleted/],

    [
      'kubectl debug duo --image=$IMAGE -c dbg --env=A=1 --profile=general --target=b --attach=false -- sh -c "echo A is \\$A; ps | grep -c tick"',
      /^Targeting container "b"\. If you don't see processes from this container it may be because the container runtime doesn't support this feature\.\n$/,
    ],
    ['kubectl logs duo -c dbg', /^A is 1\n/, { eventually: true }],
    ['kubectl get pod duo -o jsonpath={.spec.ephemeralContainers[0].targetContainerName}', /^b$/],
    ['kubectl describe pod duo', /Ephemeral Containers:\n {2}dbg:\n/],
    [
      'kubectl debug duo --copy-to=copy --set-image=a=$WEB,b=$WEB --same-node --share-processes=false --profile=general',
      /^$/,
    ],
    [
      "kubectl get pod copy -o jsonpath='{.spec.containers[*].image} {.spec.shareProcessNamespace} {.spec.nodeName}'",
      /^\S+web:1 \S+web:1 false \S+$/,
    ],
    ['kubectl delete pod copy --now --timeout=20s', /deleted/],
    [
      'kubectl debug duo --copy-to=kept --keep-labels --keep-annotations --keep-readiness --keep-liveness --keep-startup --keep-init-containers=false --profile=general --image=$IMAGE -c extra --arguments-only -- sleep 100',
      /^$/,
      { since: 31 },
    ],
    [
      'kubectl get pod kept -o jsonpath=\'{.metadata.labels.kept} {.spec.initContainers} {.spec.containers[?(@.name=="a")].readinessProbe.periodSeconds} {.spec.containers[?(@.name=="extra")].args}\'',
      /^yes {2}1 \["sleep","100"\]$/,
      { since: 31 },
    ],
    [
      'kubectl debug duo --image=$IMAGE -c mine --custom=custom.yaml --profile=general -- sh -c "echo CUSTOM is \\$CUSTOM"',
      /^$/,
      { since: 31 },
    ],
    ['kubectl logs duo -c mine', /^CUSTOM is of-mine\n$/, { since: 31, eventually: true }],
    [terminal('kubectl debug -it duo --image=$IMAGE -c shell --quiet -- sh', 'echo a$((1+1))b\\nexit\\n'), /a2b/],
    [terminal('kubectl debug -it node/$NODE_NAME --image=$IMAGE --quiet -- sh', 'echo a$((1+1))b\\nexit\\n'), /a2b/],
    ['kubectl debug none --image=$IMAGE', /pods "none" not found/, { code: 1 }],
    ['kubectl debug duo', /you must specify --image/, { code: 1 }],

    [
      'kubectl debug duo --copy-to=last --replace --profile=general --image=$IMAGE -c extra --arguments-only -- sleep 100',
      /^$/,
    ],
    ['kubectl get pods last duo -o name', /^pod\/last\n[\s\S]*pods "duo" not found/, { code: 1, eventually: true }],
    [
      'kubectl top pods -A --sort-by=cpu --sum --containers --no-headers -l a=b --field-selector=metadata.name=x',
      /Metrics API not available|can't be used/,
      { code: 1 },
    ],
    [
      'kubectl top nodes --sort-by=memory --no-headers --show-capacity --use-protocol-buffers -l a=b',
      /^error: Metrics API not available\n$/,
      { code: 1 },
    ],
    ['kubectl delete deployment,pod --all --now --timeout=40s', /deleted/],
  ],
};
