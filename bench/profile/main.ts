import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { positive } from '../options.ts';
import { costByPart, type CpuProfile } from './cost-by-part.ts';

const command = new Command('bench:profile')
  .description('What a CPU profile of kube-apiserver went into, in µs an operation.')
  .argument('<file>', 'a profile that bench/profile/on-signal.ts wrote')
  .argument('<operations>', 'how many there were while it was recorded', positive)
  .parse();
const [file, operations] = command.processedArgs as [string, number];
const costs = costByPart(JSON.parse(readFileSync(file, 'utf8')) as CpuProfile);
const total = costs.reduce((sum, [, micros]) => sum + micros, 0);
for (const [part, micros] of [...costs, ['all', total] as const])
  process.stdout.write(`${(micros / operations).toFixed(1).padStart(10)}  ${part}\n`);
