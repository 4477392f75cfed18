import { podManifest } from '../manifests.ts';
import { podsPath, requestLoad, type Scenario } from '../scenario.ts';

export const create: Scenario = {
  name: 'create',
  about: 'create pods',
  pods: 'makes',
  run: (context) =>
    requestLoad(context, {
      count: context.pods,
      concurrency: context.concurrency,
      expected: [201],
      request: (index) => ({
        method: 'POST',
        path: podsPath(context),
        body: podManifest(index),
        contentType: 'application/json',
      }),
    }),
};
