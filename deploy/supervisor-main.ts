/** The process behind `k8ts up`: `supervisor-main.ts DATA_DIR`. It outlives the command and keeps the components running. */
import { rmSync, writeFileSync } from 'node:fs';
import { systemClock } from '../component/clock.ts';
import { createWinstonLogger } from '../component/winston-logger.ts';
import { clusterPaths } from './cluster-config.ts';
import { componentCommands } from './component-commands.ts';
import { readClusterConfig } from './resolve-cluster.ts';
import { Supervisor } from './supervisor.ts';

const config = readClusterConfig(process.argv[2]!);
if (!config) throw new Error(`no cluster.json in ${process.argv[2]}`);
const paths = clusterPaths(config.dataDir);
const log = createWinstonLogger({ component: 'supervisor' });
const supervisor = new Supervisor({ paths, commands: componentCommands(config), clock: systemClock, log });
const stop = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort(new Error(`received ${name}`)));
// `k8ts up` asks with it for components that were left out before.
process.on('SIGHUP', () => supervisor.keepRunning(componentCommands(readClusterConfig(config.dataDir) ?? config)));
writeFileSync(paths.pidFile('supervisor'), `${process.pid}\n`);
await supervisor.run(stop.signal);
rmSync(paths.pidFile('supervisor'), { force: true });
await log.flush();
