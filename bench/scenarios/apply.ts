import { configMapManifest, configMapName } from '../manifests.ts';
import { requestLoad, type Scenario } from '../scenario.ts';

export const apply: Scenario = {
  name: 'apply',
  about: 'server-side apply of new config maps',
  pods: 'ignores',
  run: (context) =>
    requestLoad(context, {
      count: context.pods,
      concurrency: context.concurrency,
      expected: [200, 201],
      request: (index) => ({
        method: 'PATCH',
        path: `/api/v1/namespaces/${context.namespace}/configmaps/${configMapName(index)}?fieldManager=k8ts-bench`,
        body: configMapManifest(index),
        contentType: 'application/apply-patch+yaml',
      }),
    }),
};
