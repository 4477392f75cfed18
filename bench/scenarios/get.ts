import { podName } from '../manifests.ts';
import { podsPath, requestLoad, type Scenario } from '../scenario.ts';

export const get: Scenario = {
  name: 'get',
  about: 'get pods, each four times',
  pods: 'reads',
  run: (context) =>
    requestLoad(context, {
      count: context.pods * 4,
      concurrency: context.concurrency,
      expected: [200],
      request: (index) => ({ method: 'GET', path: `${podsPath(context)}/${podName(index % context.pods)}` }),
    }),
};
