/** `npm run test:fuzz -- [--seconds N] [--seed S]`: broken input for an API server, for as long as one likes. */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';
import { maxGrownBytes } from './bounds.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } });
const seconds = Number(values.seconds ?? 60);
const seed = Number(values.seed ?? process.hrtime.bigint() % 1_000_000n);
const print = (line: string): void => void process.stdout.write(`${line}\n`);
print(`fuzzing for ${seconds} s from seed ${seed}`);
const report = await fuzz({ seed, forMs: seconds * 1000, log: print });
for (const failure of report.failures) print(failure);
const megabytes = (report.grownBytes / 1e6).toFixed(1);
print(
  `${report.rounds} rounds, ${report.inputs} inputs, heap grown by ${megabytes} MB, left behind: ${report.leakedResources.join(', ') || 'nothing'}`,
);
const isSound =
  report.failures.length === 0 && report.leakedResources.length === 0 && report.grownBytes < maxGrownBytes;
process.exitCode = isSound ? 0 : 1;
