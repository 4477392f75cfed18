import { runComponent } from '../component/run-component.ts';
import { proxyFlags } from './config.ts';
import { runProxy } from './run-proxy.ts';

await runComponent({ name: 'kube-proxy', flags: proxyFlags, run: runProxy });
