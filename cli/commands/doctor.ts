import { cisStates, type CisState } from '../../deploy/cis/cis-check.ts';
import type { CisResult } from '../../deploy/cis/run-cis.ts';
import { clusterPaths, defaultDataDir } from '../../deploy/cluster-config.ts';
import type { DoctorFinding } from '../../deploy/doctor/doctor-check.ts';
import { readClusterConfig } from '../../deploy/resolve-cluster.ts';
import { SetupError } from '../../deploy/setup/step.ts';
import type { CliCommand, CliDeps } from '../command.ts';
import { connect } from '../connect.ts';
import { ExitCode } from '../exit-code.ts';
import { printTable } from '../printers/print-table.ts';

interface Options {
  readonly dataDir: string;
  readonly cis: boolean;
  readonly output?: string;
}

export const doctorCommand: CliCommand = {
  name: 'doctor',
  register(program, deps) {
    program
      .command('doctor')
      .description('Look for what is wrong with this host and its cluster; exits with 1 where something is')
      .option('--data-dir <dir>', 'where the cluster keeps its state', defaultDataDir)
      .option('--cis', 'judge the cluster by the CIS Kubernetes Benchmark', false)
      .option('-o, --output <format>', 'json')
      .action(async (options: Options) => {
        const { findings, text, hasFailed } = options.cis ? await cis(options, deps) : await doctor(options, deps);
        deps.stdout.write(options.output === 'json' ? `${JSON.stringify(findings, undefined, 2)}\n` : text);
        if (hasFailed) throw new ExitCode(1);
      });
  },
};

interface Report {
  readonly findings: readonly unknown[];
  readonly text: string;
  readonly hasFailed: boolean;
}

async function doctor({ dataDir }: Options, deps: CliDeps): Promise<Report> {
  const { runDoctor } = await import('../../deploy/doctor/run-doctor.ts'); // only this command pays for the checks
  const findings = await runDoctor(dataDir, {
    clock: deps.clock,
    connect: (kubeconfig) => connect({ kubeconfig }, deps),
  });
  const rows = findings.map(({ state, name, why }) => [state, name, why]);
  const todo = findings.filter(({ remedy }) => remedy !== undefined);
  return {
    findings,
    text: printTable(['STATE', 'WHAT', 'WHY'], rows) + remediesOf(todo),
    hasFailed: findings.some(({ state }) => state === 'fail'),
  };
}

function remediesOf(todo: readonly DoctorFinding[]): string {
  if (todo.length === 0) return '';
  return `\nWhat to do:\n${todo.map(({ name, remedy }) => `  ${name}: ${remedy}\n`).join('')}`;
}

async function cis({ dataDir }: Options, deps: CliDeps): Promise<Report> {
  const config = readClusterConfig(dataDir);
  const { adminKubeconfig } = clusterPaths(dataDir);
  if (!config) throw new SetupError(`there is no cluster in ${clusterPaths(dataDir).dataDir}: k8ts up makes one`);
  const { runCis } = await import('../../deploy/cis/run-cis.ts');
  const results = await runCis(config, () => connect({ kubeconfig: adminKubeconfig }, deps));
  const counts = cisStates.map((state) => `${results.filter((result) => result.state === state).length} ${state}`);
  return {
    findings: results,
    text: `${textOf(results)}\n${counts.join(', ')}\n`,
    hasFailed: results.some(({ state }) => state === 'FAIL'),
  };
}

const explained: readonly CisState[] = ['FAIL', 'WARN'];

function textOf(results: readonly CisResult[]): string {
  const lines: string[] = [];
  results.forEach(({ group, id, title, state, reason, remedy }, i) => {
    if (group !== results[i - 1]?.group) lines.push(`${i === 0 ? '' : '\n'}${group}`);
    lines.push(`[${state}] ${id.padEnd(7)}${title}`);
    if (!explained.includes(state)) return;
    lines.push(`               ${reason}`);
    if (remedy) lines.push(`               → ${remedy}`);
  });
  return `${lines.join('\n')}\n`;
}
