import type { Tour } from '../tour.ts';
import { terminal } from './terminal.ts';
import { untilSaid } from './until-said.ts';

const pod = (name: string, container: string, more = ''): string => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  terminationGracePeriodSeconds: 0
  ${more}
  containers:
    - {name: main, image: IMAGE, ${container}}
`;

export const podTour: Tour = {
  name: 'pods: logs, exec, attach, port-forward, cp, debug',
  needs: 'cluster',
  files: {
    'shell.yaml': pod('shell', 'command: [sleep, "3600"]'),
    'talker.yaml': pod('talker', 'command: [sh, -c, "while true; do echo tick; sleep 0.2; done"]'),
    'crash.yaml': pod('crash', 'command: [sh, -c, "echo once; exit 3"]', 'restartPolicy: Always'),
    'reader.yaml': pod(
      'reader',
      'stdin: true, tty: false, command: [sh, -c, "while read l; do echo got $l; done; sleep 3600"]',
    ),
    'web.yaml': `apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - {name: main, image: WEB, ports: [{containerPort: 8080}], readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`,
    'sent.txt': 'sent\n',
    'forward.sh': `rm -f forward.log; timeout 50 kubectl port-forward $1 --address 127.0.0.1 :$2 > forward.log & forward=$!
until grep -qs Forwarding forward.log; do sleep 0.1; done
port=$(sed -n 's/.*127.0.0.1:\\([0-9]*\\) .*/\\1/p' forward.log | head -1)
for i in 1 2 3; do curl -s --max-time 5 http://127.0.0.1:$port/; done
kill $forward; wait $forward 2>/dev/null; true
`,
  },
  steps: [
    [
      'cat shell.yaml <(echo ---) talker.yaml <(echo ---) crash.yaml <(echo ---) reader.yaml <(echo ---) web.yaml | sed "s#IMAGE#$IMAGE#;s#WEB#$WEB#" | kubectl apply -f -',
      /pod\/shell created\n/,
    ],
    [
      'kubectl wait --for=condition=Ready pod/shell pod/talker pod/reader pod/web --timeout=60s',
      /(\S+ condition met\n){4}/,
    ],
    ['kubectl wait --for=jsonpath={.status.phase}=Running pod/shell --timeout=5s', /pod\/shell condition met\n$/],
    [
      'kubectl get pod shell -o wide',
      /^NAME +READY +STATUS[\s\S]*shell +1\/1 +Running +0 +\S+ +\d+\.\d+\.\d+\.\d+ +\S+ +<none> +<none>\n/,
    ],
    ['kubectl describe pod shell', /Status: +Running\n[\s\S]*Started +\S+ +kubelet +/, { eventually: true }],
    ['kubectl events --for=pod/shell', /Scheduled[\s\S]*Started/, { eventually: true }],

    ['kubectl logs talker | head -1', /^tick\n$/],
    ['kubectl logs talker --tail=2', /^tick\ntick\n$/],
    ['kubectl logs talker --timestamps --since=1h --limit-bytes=35', /^\d{4}-\d\d-\d\dT[\d:.]+Z tick/],
    [
      untilSaid('kubectl logs -f talker --tail=1 --timestamps', 'tick', {
        meanwhile: 'n=$(wc -l < said); until [ $(wc -l < said) -gt $n ]; do sleep 0.1; done',
      }),
      /^\S+ tick\n\S+ tick\n/,
    ],
    ['kubectl logs -l app=talker --tail=1 --prefix', /^\[pod\/talker\/main\] tick\n$/],
    ['kubectl logs pod/talker -c main --tail=1', /^tick\n$/],
    ['kubectl logs talker -c nothing', /container nothing is not valid for pod talker/, { code: 1 }],
    ['kubectl logs talker --all-containers --tail=1', /^tick\n$/],
    ['kubectl logs crash --previous', /^once\n$/, { eventually: true }],
    ['kubectl get pod crash', /CrashLoopBackOff|Error/, { eventually: true }],
    ['kubectl logs shell --previous', /previous terminated container "main" in pod "shell" not found/, { code: 1 }],

    ['kubectl exec shell -- echo hello', /^hello\n$/],
    [
      'kubectl exec pod/shell -c main -- sh -c "echo out; echo err >&2; exit 7"',
      /^out\nerr\ncommand terminated with exit code 7\n$/,
      { code: 7 },
    ],
    ['printf "one\\ntwo\\n" | kubectl exec -i shell -- cat', /^one\ntwo\n$/],
    ['head -c 3000000 /dev/zero | kubectl exec -i shell -- sh -c "cat | wc -c"', /^3000000\n$/],
    ['kubectl exec shell -- sh -c "head -c 3000000 /dev/zero" | wc -c', /^3000000\n$/],
    [
      terminal('kubectl exec -it shell -- sh', 'tty; echo a$((1+1))b; exit 5\\n'),
      /\/dev\/(pts\/\d+|console)[\s\S]*a2b/,
      { code: 5 },
    ],
    ['kubectl exec shell -- nothing', /nothing/, { code: 1, until: 0 }],
    ['kubectl exec nothing -- true', /pods "nothing" not found/, { code: 1 }],

    [
      ': > said; (until grep -q got said; do echo line; sleep 0.5; done) | timeout 50 kubectl attach -i reader > said; cat said',
      /^got line\n/,
    ],
    [untilSaid('kubectl attach talker', 'tick'), /tick\n/],
    ['echo "echo $((20+22))" | kubectl run once --rm -i --quiet --restart=Never --image=$IMAGE -- sh', /^42\n/],
    [
      terminal('kubectl run term --rm -it --quiet --restart=Never --image=$IMAGE -- sh', 'echo a$((1+1))b\\nexit\\n'),
      /a2b/,
    ],

    ['bash forward.sh pod/web 8080', /("version":"1"[\s\S]*){3}/],
    ['bash forward.sh service/web 80', /("version":"1"[\s\S]*){3}/],
    ['kubectl get --raw /api/v1/namespaces/$NS/pods/web:8080/proxy/', /"version":"1"/],
    ['kubectl get --raw /api/v1/namespaces/$NS/services/web:80/proxy/', /"version":"1"/, { eventually: true }],

    ['kubectl cp sent.txt shell:/tmp/sent.txt && kubectl exec shell -- cat /tmp/sent.txt', /^sent\n$/],
    ['kubectl cp $NS/shell:/etc got && cat got/passwd', /^(tar: .*\n)?root:/],
    ['mkdir -p d/e && echo x > d/e/f && kubectl cp d shell:/tmp/d && kubectl cp shell:/tmp/d/e/f g && cat g', /x\n$/],

    [
      'kubectl debug shell --image=$IMAGE -c dbg --image-pull-policy=IfNotPresent -- sh -c "echo debugging; sleep 3600"',
      /^(Targeting|Default|.*)*/,
    ],
    ['kubectl logs shell -c dbg', /^debugging\n$/, { eventually: true }],
    [
      'kubectl get pod shell -o jsonpath={.status.ephemeralContainerStatuses[0].state}',
      /running/,
      { eventually: true },
    ],
    // What a container says before kubectl is attached is not seen again, so it waits a moment.
    [
      `kubectl debug shell --attach --quiet --target=main --image=$IMAGE -- sh -c 'sleep 2; ps | grep -c "sleep 3600"'`,
      /\d/,
    ],
    ['kubectl debug shell --copy-to=copy --container=main --share-processes -- sleep 100', /.*/],
    ['kubectl get pod copy -o jsonpath={.spec.shareProcessNamespace}', /^true$/],
    ['kubectl delete pod copy shell --now', /pod "copy" deleted[\s\S]*pod "shell" deleted/],
    ['kubectl get pod shell', /NotFound/, { code: 1 }],
    ['kubectl top pod', /^error: Metrics API not available\n$/, { code: 1 }],
  ],
};
