import {
  fail,
  flagCheck,
  info,
  pass,
  setFlag,
  warn,
  type CisCheck,
  type CisGroup,
  type CisVerdict,
} from './cis-check.ts';
import { weakSuites } from './cipher-suites.ts';
import { rotationIsOn } from './controller-manager.ts';

const name = 'kubelet';

/** Judges the flag, else the field of the file that --config names, else undefined for the default. */
function setting(
  id: string,
  title: string,
  flag: string,
  path: string,
  judge: (value: string | undefined) => CisVerdict,
): CisCheck {
  return flagCheck(id, title, name, (flags) => {
    const configured = flags.configured(path);
    return judge(flags.get(flag) ?? (configured === undefined || configured === null ? undefined : String(configured)));
  });
}

/** 4.2: the kubelet's settings. */
export const kubelet: CisGroup = {
  id: '4.2',
  title: 'Worker: kubelet',
  checks: [
    setting('4.2.1', 'Anonymous requests are refused', 'anonymous-auth', 'authentication.anonymous.enabled', (value) =>
      value === 'false'
        ? pass('--anonymous-auth=false')
        : fail(`--anonymous-auth is ${value ?? 'not given'}`, setFlag(name, 'anonymous-auth=false')),
    ),
    setting('4.2.2', 'Not every request is allowed', 'authorization-mode', 'authorization.mode', (value) =>
      value === 'Webhook'
        ? pass('--authorization-mode=Webhook')
        : fail(`--authorization-mode is ${value ?? 'not given'}`, setFlag(name, 'authorization-mode=Webhook')),
    ),
    setting(
      '4.2.3',
      'Clients are known by certificates',
      'client-ca-file',
      'authentication.x509.clientCAFile',
      (value) =>
        value
          ? pass(`--client-ca-file=${value}`)
          : fail('--client-ca-file is not given', setFlag(name, 'client-ca-file=FILE')),
    ),
    setting('4.2.4', 'There is no port without authentication', 'read-only-port', 'readOnlyPort', (value) =>
      Number(value ?? 0) === 0
        ? pass('there is no read-only port')
        : fail(`--read-only-port=${value}`, setFlag(name, 'read-only-port=0')),
    ),
    setting(
      '4.2.5',
      'Idle streams end',
      'streaming-connection-idle-timeout',
      'streamingConnectionIdleTimeout',
      (value) =>
        value !== undefined && /^0[a-z]*$/.test(value)
          ? warn('they are kept for ever', setFlag(name, 'streaming-connection-idle-timeout=4h'))
          : pass(`--streaming-connection-idle-timeout is ${value ?? '4h, the default'}`),
    ),
    setting(
      '4.2.6',
      'The kubelet keeps its iptables chains',
      'make-iptables-util-chains',
      'makeIPTablesUtilChains',
      (value) =>
        value === 'false'
          ? fail('--make-iptables-util-chains=false', setFlag(name, 'make-iptables-util-chains=true'))
          : pass('--make-iptables-util-chains is not off'),
    ),
    flagCheck('4.2.7', "The node has the host's name", name, (flags) =>
      flags.get('hostname-override')
        ? warn(
            `--hostname-override=${flags.get('hostname-override')}: k8ts up gives the node the name that its certificates have`,
            'nothing to do where the name is the one that k8ts up chose',
          )
        : pass('--hostname-override is not given'),
    ),
    setting('4.2.8', 'Events are recorded', 'event-qps', 'eventRecordQPS', (value) =>
      Number(value ?? 50) >= 0
        ? pass(`--event-qps is ${value ?? '50, the default'}`)
        : warn(`--event-qps=${value}`, setFlag(name, 'event-qps=50')),
    ),
    flagCheck('4.2.9', 'The kubelet serves with a certificate of the cluster', name, (flags) =>
      (flags.get('tls-cert-file') ?? flags.configured('tlsCertFile')) &&
      (flags.get('tls-private-key-file') ?? flags.configured('tlsPrivateKeyFile'))
        ? pass(`--tls-cert-file=${flags.get('tls-cert-file') ?? String(flags.configured('tlsCertFile'))}`)
        : warn('it signs its own', setFlag(name, 'tls-cert-file=FILE')),
    ),
    setting(
      '4.2.10',
      'The kubelet renews its client certificate',
      'rotate-certificates',
      'rotateCertificates',
      (value) =>
        value === 'true'
          ? pass('--rotate-certificates=true')
          : fail(`--rotate-certificates is ${value ?? 'not given'}`, setFlag(name, 'rotate-certificates=true')),
    ),
    rotationIsOn('4.2.11', name),
    setting('4.2.12', 'Only strong cipher suites are offered', 'tls-cipher-suites', 'tlsCipherSuites', (value) =>
      weakSuites(value, name),
    ),
    setting('4.2.13', 'Pods have a limit of processes', 'pod-max-pids', 'podPidsLimit', (value) =>
      Number(value ?? -1) > 0
        ? pass(`--pod-max-pids=${value}`)
        : warn(
            'a pod may use up the processes of its node: the kubelet here knows no --pod-max-pids',
            'a limit of the container runtime (default-pids-limit of Docker)',
          ),
    ),
    setting('4.2.14', 'Containers have a seccomp profile by default', 'seccomp-default', 'seccompDefault', (value) =>
      value === 'true'
        ? pass('--seccomp-default=true')
        : warn(
            'containers that ask for none run without one, as upstream has it by default',
            setFlag(name, 'seccomp-default=true'),
          ),
    ),
    {
      id: '4.2.15',
      title: 'The service of the kubelet denies other addresses',
      check: () => info('k8ts up starts the kubelet itself: there is no unit of systemd with IPAddressDeny'),
    },
  ],
};
