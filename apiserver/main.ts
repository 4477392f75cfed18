import { runComponent } from '../component/run-component.ts';
import { flags } from './config.ts';
import { runApiServer } from './run-api-server.ts';

await runComponent({
  name: 'kube-apiserver',
  description: 'The Kubernetes API server validates and configures data for the api objects, and serves the API.',
  flags,
  run: runApiServer,
});
