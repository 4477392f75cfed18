import { podName } from '../manifests.ts';
import { podsPath, requestLoad, type Scenario } from '../scenario.ts';

export const deletePods: Scenario = {
  name: 'delete',
  about: 'delete pods at once',
  pods: 'takes',
  run: (context) =>
    requestLoad(context, {
      count: context.pods,
      concurrency: context.concurrency,
      expected: [200],
      request: (index) => ({
        method: 'DELETE',
        path: `${podsPath(context)}/${podName(index)}?gracePeriodSeconds=0`,
      }),
    }),
};
