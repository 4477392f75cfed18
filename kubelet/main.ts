import { runComponent } from '../component/run-component.ts';
import { configurationFallback, kubeletFlags } from './config.ts';
import { runKubelet } from './run-kubelet.ts';

await runComponent({
  name: 'kubelet',
  description: 'The kubelet runs the pods of one node.',
  flags: kubeletFlags,
  fallback: configurationFallback,
  run: runKubelet,
});
