import { readFileSync } from 'node:fs';
import { parseYaml } from '../../component/yaml.ts';
import { etcdUrls } from '../etcd-urls.ts';
import {
  areGiven,
  fail,
  flagCheck,
  info,
  isValue,
  pass,
  setFlag,
  warn,
  type CisCheck,
  type CisGroup,
  type CisVerdict,
} from './cis-check.ts';
import { weakSuites } from './cipher-suites.ts';

const name = 'kube-apiserver';

/** A plugin that is on by default must not have been turned off. */
function notTurnedOff(id: string, plugin: string): CisCheck {
  return flagCheck(id, `Admission plugin ${plugin} is on`, name, (flags) =>
    flags.list('disable-admission-plugins').includes(plugin)
      ? fail(`--disable-admission-plugins has ${plugin}`, `leave ${plugin} out of --disable-admission-plugins`)
      : pass('it is on by default'),
  );
}

/** A plugin that has to be turned on; `whyNot` says why `k8ts up` does not. */
function turnedOn(id: string, plugin: string, whyNot: string, andAlso = ''): CisCheck {
  return flagCheck(id, `Admission plugin ${plugin} is on`, name, (flags) => {
    const enabled = flags.list('enable-admission-plugins');
    if (enabled.includes(plugin)) return pass('--enable-admission-plugins has it');
    return warn(whyNot, setFlag(name, `enable-admission-plugins=${plugin}`) + andAlso);
  });
}

/** At least so many; `WARN` where audit is off altogether, which 1.2.16 is about. */
function auditLimit(id: string, flag: string, least: number): CisCheck {
  return flagCheck(id, `Audit log: --${flag} is ${least} or more`, name, (flags) => {
    if (!flags.get('audit-log-path')) return warn('no audit log is written', 'k8ts down, then k8ts up --audit');
    const value = Number(flags.get(flag) ?? 0);
    if (value >= least) return pass(`--${flag}=${value}`);
    return fail(`--${flag} is ${flags.get(flag) ?? 'not given'}`, setFlag(name, `${flag}=${least}`));
  });
}

/** Without TLS on the loopback is a choice, with a price; elsewhere it is a hole. */
function etcdFlags(id: string, ...flagNames: readonly string[]): CisCheck {
  const list = flagNames.map((flag) => `--${flag}`).join(' and ');
  return flagCheck(id, `${name} has ${list}`, name, (flags, { config }): CisVerdict => {
    if (flagNames.every((flag) => flags.get(flag)))
      return pass(flagNames.map((flag) => `--${flag}=${flags.get(flag)}`).join(' '));
    const servers = flags.list('etcd-servers');
    const remedy = `k8ts down, then k8ts up --etcd-listen-client-urls=https://127.0.0.1:${config.ports.etcd}`;
    if (servers.length > 0 && servers.every((url) => /^http:\/\/(127\.|\[::1\])/.test(url)))
      return warn(
        `etcd (${etcdUrls(config).client.local}) is on the loopback by plain HTTP, as TLS would cost up to a third of the writes (ADR 11): whoever may run processes or pods with hostNetwork on this host can read all of it`,
        remedy,
      );
    return fail(`${list} are not given`, remedy);
  });
}

/** The first provider of every resource is the one that writes. */
function encryption(id: string): CisCheck {
  return flagCheck(id, 'Secrets are encrypted at rest by aescbc, secretbox or KMS', name, (flags) => {
    const file = flags.get('encryption-provider-config');
    if (!file)
      return warn(
        '--encryption-provider-config is not given: secrets lie in etcd as they are',
        setFlag(name, 'encryption-provider-config=FILE'),
      );
    const { resources = [] } = (parseYaml(readFileSync(file, 'utf8')) ?? {}) as {
      resources?: { providers?: Record<string, unknown>[] }[];
    };
    const writers = resources.map(({ providers }) => Object.keys(providers?.[0] ?? {})[0] ?? 'none');
    const weak = writers.filter((writer) => !['aescbc', 'aesgcm', 'secretbox', 'kms'].includes(writer));
    return weak.length > 0 || writers.length === 0
      ? fail(
          `${file} writes with ${weak.join(', ') || 'nothing'}`,
          'put aescbc, secretbox or kms first among the providers',
        )
      : pass(`${file} writes with ${writers.join(', ')}`);
  });
}

/** 1.2: flags of the API server. */
export const apiServer: CisGroup = {
  id: '1.2',
  title: 'Control plane: kube-apiserver',
  checks: [
    flagCheck('1.2.1', 'Anonymous requests are refused', name, (flags) =>
      flags.get('anonymous-auth') === 'false'
        ? pass('--anonymous-auth=false')
        : warn(
            'anonymous requests get what RBAC gives system:unauthenticated: health, version and public information; health checks of load balancers and kubectl cluster-info rest on it',
            'an AuthenticationConfiguration that names the paths for anonymous requests, or --anonymous-auth=false',
          ),
    ),
    flagCheck('1.2.2', 'There is no file of static tokens', name, (flags) =>
      flags.get('token-auth-file')
        ? fail(
            `--token-auth-file=${flags.get('token-auth-file')}: its tokens never expire`,
            'use client certificates, service accounts or OIDC',
          )
        : pass('--token-auth-file is not given'),
    ),
    turnedOn('1.2.3', 'DenyServiceExternalIPs', 'services may claim external addresses: off by default upstream too'),
    areGiven('1.2.4', name, 'kubelet-client-certificate', 'kubelet-client-key'),
    areGiven('1.2.5', name, 'kubelet-certificate-authority'),
    flagCheck('1.2.6', 'Not every request is allowed', name, (flags) => {
      const modes = flags.list('authorization-mode');
      if (flags.get('authorization-config'))
        return info(`--authorization-config=${flags.get('authorization-config')} decides`);
      return modes.length === 0 || modes.includes('AlwaysAllow')
        ? fail(
            `--authorization-mode is ${modes.join() || 'not given, which is AlwaysAllow'}`,
            setFlag(name, 'authorization-mode=Node,RBAC'),
          )
        : pass(`--authorization-mode=${modes.join()}`);
    }),
    ...(['Node', 'RBAC'] as const).map((mode, i) =>
      flagCheck(`1.2.${7 + i}`, `Authorization includes ${mode}`, name, (flags) => {
        if (flags.get('authorization-config'))
          return info(`--authorization-config=${flags.get('authorization-config')} decides`);
        return flags.list('authorization-mode').includes(mode)
          ? pass(`--authorization-mode=${flags.get('authorization-mode')}`)
          : fail(
              `--authorization-mode is ${flags.get('authorization-mode') ?? 'not given'}`,
              setFlag(name, 'authorization-mode=Node,RBAC'),
            );
      }),
    ),
    turnedOn(
      '1.2.9',
      'EventRateLimit',
      'events are bound by priority and fairness with all other requests',
      ' and --kube-apiserver-arg=admission-control-config-file=FILE with its limits',
    ),
    flagCheck('1.2.10', 'Admission plugin AlwaysAdmit is off', name, (flags) =>
      flags.list('enable-admission-plugins').includes('AlwaysAdmit')
        ? fail('--enable-admission-plugins has it', 'leave AlwaysAdmit out of --enable-admission-plugins')
        : pass('--enable-admission-plugins does not have it'),
    ),
    turnedOn(
      '1.2.11',
      'AlwaysPullImages',
      'images that are on the node are used as they are: a registry may not be reachable from it',
    ),
    notTurnedOff('1.2.12', 'ServiceAccount'),
    notTurnedOff('1.2.13', 'NamespaceLifecycle'),
    flagCheck('1.2.14', 'Admission plugin NodeRestriction is on', name, (flags) =>
      flags.list('enable-admission-plugins').includes('NodeRestriction')
        ? pass('--enable-admission-plugins has it')
        : fail(
            '--enable-admission-plugins does not have it',
            setFlag(name, 'enable-admission-plugins=NodeRestriction'),
          ),
    ),
    isValue('1.2.15', name, 'profiling', 'false'),
    flagCheck('1.2.16', 'An audit log is written', name, (flags) =>
      flags.get('audit-log-path')
        ? pass(`--audit-log-path=${flags.get('audit-log-path')}`)
        : warn(
            'every request costs more with an audit log, so it is on where it is asked for',
            'k8ts down, then k8ts up --audit',
          ),
    ),
    auditLimit('1.2.17', 'audit-log-maxage', 30),
    auditLimit('1.2.18', 'audit-log-maxbackup', 10),
    auditLimit('1.2.19', 'audit-log-maxsize', 100),
    flagCheck('1.2.20', 'Requests have a deadline', name, (flags) =>
      pass(`--request-timeout is ${flags.get('request-timeout') ?? '1m0s, the default'}`),
    ),
    isValue('1.2.21', name, 'service-account-lookup', 'true', { ifAbsent: 'PASS' }),
    areGiven('1.2.22', name, 'service-account-key-file'),
    etcdFlags('1.2.23', 'etcd-certfile', 'etcd-keyfile'),
    areGiven('1.2.24', name, 'tls-cert-file', 'tls-private-key-file'),
    areGiven('1.2.25', name, 'client-ca-file'),
    etcdFlags('1.2.26', 'etcd-cafile'),
    flagCheck('1.2.27', 'Secrets are encrypted at rest', name, (flags) =>
      flags.get('encryption-provider-config')
        ? pass(`--encryption-provider-config=${flags.get('encryption-provider-config')}`)
        : warn(
            '--encryption-provider-config is not given: the keys would lie beside the data on this host',
            setFlag(name, 'encryption-provider-config=FILE'),
          ),
    ),
    encryption('1.2.28'),
    flagCheck('1.2.29', 'Only strong cipher suites are offered', name, (flags) =>
      weakSuites(flags.get('tls-cipher-suites'), name),
    ),
    flagCheck('1.2.30', 'Tokens in pods are not good for longer than they say', name, (flags) =>
      flags.get('service-account-extend-token-expiration') === 'false'
        ? pass('--service-account-extend-token-expiration=false')
        : warn(
            'tokens in pods are good for a year, for clients that never read them again: as upstream has it by default',
            setFlag(name, 'service-account-extend-token-expiration=false'),
          ),
    ),
  ],
};
