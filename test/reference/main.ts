/**
 * `npm run test:reference [-- AREA …]`: replays what a real kube-apiserver was asked against a fresh one of ours and
 * compares the answers. The recordings are looked for in `K8TS_REFERENCE`, else in `../shared/reference` beside the
 * checkout; where they are not, it says so and that is no failure. Steps that differ and are not listed in
 * docs/compatibility.md are shown, and so are those that are listed and do not differ. The last line is
 * `N passed, N failed`; the exit code is 1 where less than 98 % of the steps passed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareWithKnown, parseKnownDifferences, type ReplayedStep } from './known-differences.ts';
import { startReferenceServer } from './reference-server.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const areas =
  'kinds-.* watch list patch apply formats delete meta discovery subresources services pods workloads'.split(' ');
/** Their answers tell revisions of the whole store, so nobody else may write meanwhile. */
const alone = /^(?:list|formats)$/;
const wantedShare = 0.98;
const parallel = 6;

const folder = process.env['K8TS_REFERENCE'] ?? join(root, '..', 'shared', 'reference');
if (existsSync(join(folder, 'replay.py'))) process.exitCode = await replayAll(folder, process.argv.slice(2));
else
  console.log(
    `No recordings of a kube-apiserver in ${folder} (K8TS_REFERENCE names another folder): nothing to replay.`,
  );

/** Answers the exit code. */
async function replayAll(recordings: string, asked: readonly string[]): Promise<number> {
  const scratch = await mkdtemp(join(tmpdir(), 'k8ts-replay-'));
  const server = await startReferenceServer();
  const steps: ReplayedStep[] = [];
  try {
    const chosen = asked.length ? asked : areas;
    for (const { among, atOnce } of [
      { among: chosen.filter((area) => !alone.test(area)), atOnce: parallel },
      { among: chosen.filter((area) => alone.test(area)), atOnce: 1 },
    ]) {
      if (among.length === 0) continue;
      const report = join(scratch, 'report.json');
      await runReplay([
        join(recordings, 'replay.py'),
        ...['--base', server.url, '--token', server.token, '--parallel', String(atOnce), '--summary'],
        ...['--filter', `^(${among.join('|')})$`, '--report', report],
      ]);
      steps.push(...(JSON.parse(await readFile(report, 'utf8')) as ReplayedStep[]));
    }
  } finally {
    await server.stop();
    await rm(scratch, { recursive: true, force: true });
  }
  return tell(steps, await areasOf(recordings));
}

async function runReplay(args: readonly string[]): Promise<void> {
  const replay = spawn('python3', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [status] = (await once(replay, 'exit')) as [number | null];
  if (status !== 0 && status !== 1) throw new Error(`replay.py ended with ${status}`);
}

/** The area of every recording, by its name. */
async function areasOf(recordings: string): Promise<ReadonlyMap<string, string>> {
  const cassettes = join(recordings, 'cassettes');
  const files = (await readdir(cassettes)).filter((file) => file.endsWith('.json'));
  const all = files.map(
    (file) => JSON.parse(readFileSync(join(cassettes, file), 'utf8')) as { name: string; area: string },
  );
  return new Map(all.map(({ name, area }) => [name, area]));
}

function tell(steps: readonly ReplayedStep[], areaOf: ReadonlyMap<string, string>): number {
  const counts = new Map<string, { passed: number; failed: number }>();
  for (const { cassette, ok } of steps) {
    const area = areaOf.get(cassette) ?? cassette;
    const count = counts.get(area) ?? { passed: 0, failed: 0 };
    counts.set(area, count);
    if (ok) count.passed++;
    else count.failed++;
  }
  for (const [area, { passed, failed }] of [...counts].sort(([a], [b]) => a.localeCompare(b)))
    console.log(`${area.padEnd(28)} ${String(passed).padStart(5)} passed ${String(failed).padStart(5)} failed`);

  const known = parseKnownDifferences(readFileSync(join(root, 'docs/compatibility.md'), 'utf8'));
  const { unlisted, resolved, unknown } = compareWithKnown(steps, known);
  for (const { cassette, step, diff } of unlisted) {
    console.log(`\ndiffers and is not listed in docs/compatibility.md: ${cassette} ${step}`);
    for (const { path, expected, actual } of diff.slice(0, 3))
      console.log(`  ${path}\n    upstream ${shorten(expected)}\n    k8ts     ${shorten(actual)}`);
  }
  for (const { cassette, step } of resolved)
    console.log(`\nis listed in docs/compatibility.md and does not differ: ${cassette} ${step}`);
  for (const name of unknown) console.log(`\nis listed in docs/compatibility.md and was not replayed: ${name}`);

  const passed = steps.filter(({ ok }) => ok).length;
  console.log(`\n${passed} passed, ${steps.length - passed} failed`);
  return steps.length > 0 && passed / steps.length >= wantedShare ? 0 : 1;
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`;
}
