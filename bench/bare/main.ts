import { Command } from 'commander';
import { systemClock as clock } from '../../component/clock.ts';
import { systemRandom as random } from '../../component/random.ts';
import { positive } from '../options.ts';
import { startBareServer } from './bare-server.ts';

const { port, pods } = new Command('bench:bare')
  .description('A server that answers the load of bench with bytes it holds, to know what Node and the machine allow.')
  .option('--port <port>', 'where it listens, on 127.0.0.1', positive, 6443)
  .option('--pods <count>', 'pods in a list, as many as the load makes', positive, 1000)
  .parse()
  .opts<{ port: number; pods: number }>();

const server = await startBareServer({ port, pods }, { clock, random });
process.stdout.write(`https://127.0.0.1:${server.port} pid ${process.pid}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
