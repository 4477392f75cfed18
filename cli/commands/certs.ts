import { humanDuration } from '../../api/meta/duration.ts';
import { defaultDataDir, clusterPaths, type ClusterConfig } from '../../deploy/cluster-config.ts';
import { runningComponents, supervisorRuns } from '../../deploy/control-supervisor.ts';
import { checkPki, needsAttention, type CertificateReport } from '../../deploy/pki/check-pki.ts';
import { chooseEntries, renewPki } from '../../deploy/pki/renew-pki.ts';
import { holdersOf, restartHolders } from '../../deploy/pki/restart-holders.ts';
import { readClusterConfig } from '../../deploy/resolve-cluster.ts';
import { SetupError } from '../../deploy/setup/step.ts';
import type { CliCommand, CliDeps } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import { printTable } from '../printers/print-table.ts';

const dayMs = 86_400_000;

export const certsCommand: CliCommand = {
  name: 'certs',
  register(program, deps) {
    const certs = program.command('certs').description("Show and renew the certificates of this host's cluster");
    certs
      .command('check')
      .description('Show when certificates and kubeconfigs expire; exits with 1 where one does soon, or is not right')
      .option('--data-dir <dir>', 'where the cluster keeps its state', defaultDataDir)
      .option('--days <days>', 'how soon is soon', Number, 30)
      .option('-o, --output <format>', 'json')
      .action(async ({ dataDir, days, output }: { dataDir: string; days: number; output?: string }) => {
        if (!(days >= 0)) throw new SetupError('--days must be a number of days, 0 or more');
        const reports = await checkPki(clusterOf(dataDir), deps);
        deps.stdout.write(output === 'json' ? `${JSON.stringify(reports, undefined, 2)}\n` : tablesOf(reports));
        if (reports.some((report) => needsAttention(report, days * dayMs))) throw new ExitCode(1);
      });
    certs
      .command('renew')
      .argument('<names...>', 'those to renew, by the names of `k8ts certs check`, or all')
      .description('Put new certificates in place of those there are, with the same names in them; authorities stay')
      .option('--data-dir <dir>', 'where the cluster keeps its state', defaultDataDir)
      .option('--no-restart', 'leave alone the components that do not take up renewed files by themselves')
      .action(async (names: string[], options: { dataDir: string; restart: boolean }) => {
        await renew(names, options, deps);
      });
  },
};

function clusterOf(dataDir: string): ClusterConfig {
  const config = readClusterConfig(dataDir);
  if (!config) throw new SetupError(`there is no cluster in ${clusterPaths(dataDir).dataDir}: k8ts up makes one`);
  return config;
}

async function renew(names: readonly string[], options: { dataDir: string; restart: boolean }, deps: CliDeps) {
  const config = clusterOf(options.dataDir);
  const paths = clusterPaths(options.dataDir);
  const entries = chooseEntries(config, names);
  await renewPki(config, entries, deps);
  deps.stdout.write(entries.map(({ name }) => `${name} renewed\n`).join(''));
  const running = runningComponents(paths);
  if (running.length > 0) deps.stdout.write('Components take up renewed files within a minute.\n');
  const holders = holdersOf(entries, running);
  if (holders.length === 0) return;
  if (options.restart && supervisorRuns(paths)) {
    await restartHolders(config, entries, running, deps);
    deps.stdout.write(`Restarted: ${holders.join(', ')}\n`);
    return;
  }
  deps.stdout.write(
    `To be restarted, as long as they run they use the old ones: ${holders.join(', ')} (k8ts down and up, or stop the process: the supervisor starts it again)\n`,
  );
}

function tablesOf(reports: readonly CertificateReport[]): string {
  const cells = (report: CertificateReport): string[] => [
    report.expires ?? '-',
    report.residualSeconds === undefined
      ? '-'
      : report.residualSeconds <= 0
        ? 'expired'
        : humanDuration(report.residualSeconds * 1000),
  ];
  const last = ({ externallyManaged, problem }: CertificateReport): string[] => [
    externallyManaged ? 'yes' : 'no',
    problem ?? '',
  ];
  const isAuthority = ({ kind }: CertificateReport): boolean => kind === 'authority';
  const certificates = printTable(
    ['CERTIFICATE', 'KIND', 'SUBJECT', 'EXPIRES', 'RESIDUAL TIME', 'AUTHORITY', 'EXTERNALLY MANAGED', 'NOTE'],
    reports
      .filter((report) => !isAuthority(report))
      .map((r) => [r.name, r.kind, r.subject ?? '-', ...cells(r), r.authority ?? '', ...last(r)]),
  );
  const authorities = printTable(
    ['AUTHORITY', 'EXPIRES', 'RESIDUAL TIME', 'EXTERNALLY MANAGED', 'NOTE'],
    reports.filter(isAuthority).map((r) => [r.name, ...cells(r), ...last(r)]),
  );
  return `${certificates}\n${authorities}`;
}
