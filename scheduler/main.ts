import { runComponent } from '../component/run-component.ts';
import { schedulerFlags } from './config.ts';
import { runScheduler } from './run-scheduler.ts';

await runComponent({ name: 'kube-scheduler', flags: schedulerFlags, run: runScheduler });
