import { readFileSync } from 'node:fs';
import { parseYaml } from '../../component/yaml.ts';
import { flagCheck, info, pass, warn, type CisGroup } from './cis-check.ts';

const name = 'kube-apiserver';
const howUsers = 'give people OIDC (--oidc-issuer-url or --authentication-config)';
/** What an audit policy should say something of. */
const concerns = [
  'secrets',
  'configmaps',
  'tokenreviews',
  'pods',
  'deployments',
  'pods/exec',
  'pods/portforward',
  'pods/proxy',
  'services/proxy',
];

/** 3: how people are told apart, and what is written down. */
export const controlPlaneConfiguration: CisGroup = {
  id: '3',
  title: 'Control plane: authentication and logging',
  checks: [
    flagCheck('3.1.1', 'People do not use client certificates', name, (flags) =>
      flags.get('oidc-issuer-url') || flags.get('authentication-config')
        ? info('who uses certificates besides components, only you know')
        : warn("the administrator's kubeconfig has one, and certificates cannot be taken back", howUsers),
    ),
    {
      id: '3.1.2',
      title: 'People do not use tokens of service accounts',
      check: () => info('only you know who uses them'),
    },
    flagCheck('3.1.3', 'People do not use bootstrap tokens', name, (flags) =>
      flags.get('enable-bootstrap-token-auth') === 'true'
        ? info('--enable-bootstrap-token-auth is on, for nodes that join: only you know who uses them')
        : pass('--enable-bootstrap-token-auth is off'),
    ),
    flagCheck('3.2.1', 'There is an audit policy', name, (flags) =>
      flags.get('audit-policy-file')
        ? pass(`--audit-policy-file=${flags.get('audit-policy-file')}`)
        : warn('--audit-policy-file is not given: nothing is recorded', 'k8ts down, then k8ts up --audit'),
    ),
    flagCheck('3.2.2', 'The audit policy covers secrets, workloads and ways into pods', name, (flags) => {
      const file = flags.get('audit-policy-file');
      if (!file) return warn('there is no audit policy', 'k8ts down, then k8ts up --audit');
      const { rules = [] } = (parseYaml(readFileSync(file, 'utf8')) ?? {}) as {
        rules?: { level?: string; resources?: { resources?: string[] }[] }[];
      };
      const recorded = rules.filter(({ level }) => level !== 'None');
      const named = new Set(
        recorded.flatMap((rule) => rule.resources?.flatMap((group) => group.resources ?? ['*']) ?? ['*']),
      );
      const missing = named.has('*') ? [] : concerns.filter((resource) => !named.has(resource));
      return missing.length > 0
        ? warn(`${file} says nothing of ${missing.join(', ')}`, 'add rules for them, of level Metadata at least')
        : pass(`${file} has rules for all of them`);
    }),
  ],
};
