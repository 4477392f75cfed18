import { isValue, type CisGroup } from './cis-check.ts';

/** 1.4: flags of the scheduler. */
export const scheduler: CisGroup = {
  id: '1.4',
  title: 'Control plane: kube-scheduler',
  checks: [
    isValue('1.4.1', 'kube-scheduler', 'profiling', 'false'),
    isValue('1.4.2', 'kube-scheduler', 'bind-address', '127.0.0.1'),
  ],
};
