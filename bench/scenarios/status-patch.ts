import { podName, statusPatch as body } from '../manifests.ts';
import { podsPath, requestLoad, type Scenario } from '../scenario.ts';

export const statusPatch: Scenario = {
  name: 'status-patch',
  about: 'patch the status of pods strategically, as kubelets do',
  pods: 'reads',
  run: (context) =>
    requestLoad(context, {
      count: context.pods,
      concurrency: context.concurrency,
      expected: [200],
      request: (index) => ({
        method: 'PATCH',
        path: `${podsPath(context)}/${podName(index)}/status`,
        body,
        contentType: 'application/strategic-merge-patch+json',
      }),
    }),
};
