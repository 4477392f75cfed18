import { fail, flagCheck, pass, setFlag, type CisGroup } from './cis-check.ts';

/** 4.3: kube-proxy's settings. */
export const kubeProxy: CisGroup = {
  id: '4.3',
  title: 'Worker: kube-proxy',
  checks: [
    flagCheck('4.3.1', 'Metrics are served on the loopback alone', 'kube-proxy', (flags) => {
      const address = flags.get('metrics-bind-address') ?? '127.0.0.1:10249';
      return /^(127\.|\[::1\]|localhost)/.test(address)
        ? pass(`--metrics-bind-address is ${address}`)
        : fail(`--metrics-bind-address=${address}`, setFlag('kube-proxy', 'metrics-bind-address=127.0.0.1:10249'));
    }),
  ],
};
