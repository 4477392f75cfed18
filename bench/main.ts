import { fixedCredential, anonymous, bearer } from '../client/credentials.ts';
import { connectionOf, loadKubeconfig, type Connection } from '../client/kubeconfig.ts';
import { systemClock as clock } from '../component/clock.ts';
import { systemRandom as random } from '../component/random.ts';
import { runBenchmark, type Target } from './benchmark.ts';
import { createLoadClient } from './load-client.ts';
import { parseOptions, type Options } from './options.ts';
import { formatReport, ratiosOf } from './report.ts';
import { scenarios } from './scenarios/index.ts';

const options = parseOptions(process.argv.slice(2), scenarios);
const targets: Target[] = [];
try {
  targets.push(await targetOf(await firstConnection(options), options.pid));
  if (options.against) {
    const kubeconfig = await loadKubeconfig({ path: options.against });
    targets.push(await targetOf(await connectionOf(kubeconfig, {}, { clock }), options.againstPid));
  }
  const all = await runBenchmark(
    targets,
    {
      scenarios: scenarios.filter(({ name }) => options.only?.includes(name) ?? true),
      pods: options.pods,
      concurrency: options.concurrency,
      watchers: options.watchers,
    },
    { clock, random, progress: (line) => process.stderr.write(`${line}\n`) },
  );
  const [first, second] = all;
  const ratios = first && second ? ratiosOf(first, second) : undefined;
  process.stdout.write(
    `${options.json ? JSON.stringify({ targets: all, ratios }, undefined, 2) : formatReport(all)}\n`,
  );
  if (all.some(({ results }) => results.some(({ measurement }) => measurement.failed > 0))) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  for (const { client } of targets) client.close();
}

async function firstConnection({ server, token, insecure, kubeconfig, context }: Options): Promise<Connection> {
  if (!server) return connectionOf(await loadKubeconfig({ path: kubeconfig }), { context }, { clock });
  return {
    server,
    insecureSkipTlsVerify: insecure,
    credentials: token ? fixedCredential(bearer(token)) : anonymous,
    namespace: 'default',
  };
}

async function targetOf(connection: Connection, pids: readonly number[]): Promise<Target> {
  const { connections, http1 } = options;
  const client = await createLoadClient(connection, { connections, http1 });
  return { name: connection.server, client, pids };
}
