import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { run } from '../../e2e/support/run.ts';
import { eventually } from '../../support/eventually.ts';
import type { KubectlBinary } from './find-kubectls.ts';
import type { Step, Tour } from './tour.ts';

const stepTimeoutMs = 60_000;
const eventuallyMs = 30_000;
/**
 * What kubectl says now and then that has not got kubernetes/kubernetes#131203 yet: it reads before it has made its streams,
 * and the first message of a server, this one as upstream's, is an empty one on stdout. Output that got lost would be missed.
 */
const unheardGreeting = /^E\d{4} .* websocket\.go:\d+\] Unknown stream id \d, discarding message\n/gm;

/** Registers a tour as a suite, a test a step: `kubectl` on its command lines is the given one, for the given cluster. */
export function takeTour(
  tour: Tour,
  kubectl: KubectlBinary,
  kubeconfigOf: () => string,
  variables: Readonly<Record<string, string>> = {},
): void {
  describe(`kubectl 1.${kubectl.minor}: ${tour.name}`, function () {
    this.timeout(2 * stepTimeoutMs);
    const namespace = namespaceOf(tour, kubectl.minor);
    let folder = '';
    let env: NodeJS.ProcessEnv = {};
    const shell = (command: string) =>
      run('bash', ['-c', `cd work; ${command}`], { env, cwd: folder, mayFail: true, timeoutMs: stepTimeoutMs });

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'k8ts-tour-'));
      for (const [name, text] of Object.entries(tour.files ?? {})) {
        const file = join(folder, 'work', name);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
      mkdirSync(join(folder, 'work'), { recursive: true });
      mkdirSync(join(folder, 'bin'));
      writeFileSync(join(folder, 'bin/kubectl'), `#!/bin/sh\nexec ${kubectl.file} "$@"\n`, { mode: 0o755 });
      writeFileSync(join(folder, 'kubeconfig'), readFileSync(kubeconfigOf()), { mode: 0o600 });
      env = {
        ...variables,
        NS: namespace,
        HOME: folder,
        KUBECONFIG: join(folder, 'kubeconfig'),
        KUBECACHEDIR: join(folder, 'cache'),
        PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
      };
      const made = await shell(
        'kubectl create namespace $NS && kubectl config set-context --current --namespace=$NS && until kubectl get serviceaccount default; do sleep 0.1; done',
      );
      assert.equal(made.code, 0, made.stderr);
    });
    after(async () => {
      await shell('kubectl delete namespace $NS --wait=false');
      rmSync(folder, { recursive: true, force: true });
    });

    for (const step of tour.steps.filter((step) => isFor(kubectl, step))) {
      const gap = step[2]?.gap;
      if (gap !== undefined) {
        it.skip(`${step[0]} (skipped: ${gap})`);
        continue;
      }
      it(step[0], async () => {
        const [command, output, { code = 0, eventually: again } = {}] = step;
        const check = async (): Promise<true> => {
          const ran = await shell(command);
          const said = `${ran.stdout}${ran.stderr.replace(unheardGreeting, '')}`;
          assert.match(said, output);
          assert.equal(ran.code, code, said);
          return true;
        };
        await (again ? eventually(command, check, { timeoutMs: eventuallyMs }) : check());
      });
    }
  });
}

/** The first word of the tour's name tells it from the others. */
export function namespaceOf({ name }: Tour, minor: number): string {
  return `tour-${minor}-${name.split(/\W/)[0]}`;
}

function isFor({ minor }: KubectlBinary, [, , { since = 0, until = Infinity } = {}]: Step): boolean {
  return since <= minor && minor <= until;
}
