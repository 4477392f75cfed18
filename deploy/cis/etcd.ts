import { readFileSync } from 'node:fs';
import {
  fail,
  flagCheck,
  info,
  pass,
  warn,
  type CisCheck,
  type CisFacts,
  type CisGroup,
  type CisVerdict,
} from './cis-check.ts';
import type { RunningFlags } from '../running-flags.ts';

const name = 'etcd';

/** Passes where the flags are given; plain HTTP on the loopback alone is worth a warning, elsewhere a failure. */
function guarded(id: string, title: string, urls: 'client' | 'peer', ...wanted: readonly string[]): CisCheck {
  return flagCheck(id, title, name, (flags, facts): CisVerdict => {
    if (wanted.every((flag) => flags.get(flag) && flags.get(flag) !== 'false'))
      return pass(wanted.map((flag) => `--${flag}=${flags.get(flag)}`).join(' '));
    return unguarded(flags, facts, urls);
  });
}

function unguarded(flags: RunningFlags, { config }: CisFacts, urls: 'client' | 'peer'): CisVerdict {
  const listen = flags.list(`listen-${urls}-urls`);
  const port = urls === 'client' ? config.ports.etcd : config.ports.etcdPeer;
  const remedy = `k8ts down, then k8ts up --etcd-listen-${urls}-urls=https://127.0.0.1:${port}`;
  if (!listen.every((url) => /^https?:\/\/(127\.|\[::1\])/.test(url)))
    return fail(`${listen.join(', ')} lets everybody in who reaches it`, remedy);
  return urls === 'client'
    ? warn(
        'plain HTTP on the loopback, as TLS would cost up to a third of the writes (ADR 11): whoever may run processes or pods with hostNetwork on this host can read all of etcd',
        remedy,
      )
    : info('it is the only member, and listens for others on the loopback alone');
}

function notAutomatic(id: string, flag: string): CisCheck {
  return flagCheck(id, `etcd makes no certificates of its own (--${flag})`, name, (flags) =>
    flags.get(flag) === 'true'
      ? fail(`--${flag}=true: certificates that nobody has signed are believed`, `leave out --${flag}`)
      : pass(`--${flag} is not given`),
  );
}

/** 2: flags of etcd. */
export const etcd: CisGroup = {
  id: '2',
  title: 'etcd',
  checks: [
    guarded('2.1', 'Clients are served by TLS', 'client', 'cert-file', 'key-file'),
    guarded('2.2', 'Clients must show a certificate', 'client', 'client-cert-auth'),
    notAutomatic('2.3', 'auto-tls'),
    guarded('2.4', 'Members talk by TLS', 'peer', 'peer-cert-file', 'peer-key-file'),
    guarded('2.5', 'Members must show a certificate', 'peer', 'peer-client-cert-auth'),
    notAutomatic('2.6', 'peer-auto-tls'),
    flagCheck('2.7', 'etcd has an authority of its own', name, (flags, facts) => {
      const file = flags.get('trusted-ca-file');
      if (!file) return unguarded(flags, facts, 'client');
      return readFileSync(file, 'utf8') === readFileSync(facts.paths.pkiFile('ca.crt'), 'utf8')
        ? fail(
            `${file} is the authority of the cluster: each of its clients may talk to etcd`,
            'give etcd an authority of its own',
          )
        : pass(`${file} is not the authority of the cluster`);
    }),
  ],
};
