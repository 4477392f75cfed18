import { runComponent } from '../component/run-component.ts';
import { controllerManagerFlags } from './config.ts';
import { runControllerManager } from './run-controller-manager.ts';

await runComponent({ name: 'kube-controller-manager', flags: controllerManagerFlags, run: runControllerManager });
