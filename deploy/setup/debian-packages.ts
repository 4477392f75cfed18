import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { findProgram, runCommand } from './run-command.ts';
import { SetupError, type SetupStep } from './step.ts';

/** A program that k8ts calls and the Debian package that brings it. */
export interface NeededProgram {
  readonly program: string;
  readonly debianPackage: string;
}

export const clusterPrograms: readonly NeededProgram[] = [
  { program: 'etcd', debianPackage: 'etcd-server' },
  { program: 'dockerd', debianPackage: 'docker.io' },
  { program: 'iptables-restore', debianPackage: 'iptables' },
  { program: 'conntrack', debianPackage: 'conntrack' },
  { program: 'ip', debianPackage: 'iproute2' },
  { program: 'busybox', debianPackage: 'busybox-static' },
];

/** What only the tests call. */
export const testPrograms: readonly NeededProgram[] = [
  { program: 'prometheus', debianPackage: 'prometheus' },
  { program: 'systemd-analyze', debianPackage: 'systemd' },
  { program: 'openssl', debianPackage: 'openssl' },
  { program: 'curl', debianPackage: 'curl' },
  { program: 'docker-registry', debianPackage: 'docker-registry' },
];

const policyFile = '/usr/sbin/policy-rc.d';

/**
 * Installs the Debian packages of the programs that are not on the host. Services that a package would start by itself
 * (Debian's etcd-server starts one on etcd's own port) stay off: k8ts starts what it needs.
 */
export function debianPackages(programs: readonly NeededProgram[]): SetupStep {
  const lacking = (): string[] => [
    ...new Set(programs.filter(({ program }) => findProgram(program) === undefined).map((p) => p.debianPackage)),
  ];
  return {
    title: 'Debian packages',
    missing: async () => lacking().join(', ') || undefined,
    install: async (report) => {
      const packages = lacking();
      const byHand = `apt-get install ${packages.join(' ')}`;
      if (process.getuid?.() !== 0)
        throw new SetupError(`installing packages needs root: run this as root, or first run: ${byHand}`);
      if (!findProgram('apt-get'))
        throw new SetupError(
          `this host has no apt-get (${hostName()}): install the equivalents of ${packages.join(', ')} yourself`,
        );
      const hadPolicy = existsSync(policyFile);
      if (!hadPolicy) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
      try {
        const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
        report('apt-get update');
        const update = await runCommand('apt-get', ['update', '-q'], { env, onLine: report });
        const install = await runCommand('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], {
          env,
          onLine: report,
        });
        if (install.code !== 0) {
          const why = lastLine(install.stderr) || lastLine(update.stderr) || `exit code ${install.code}`;
          throw new SetupError(`apt-get install ${packages.join(' ')} failed: ${why}`);
        }
      } finally {
        if (!hadPolicy) rmSync(policyFile, { force: true });
      }
      if (packages.includes('etcd-server') && existsSync('/run/systemd/system'))
        await runCommand('systemctl', ['disable', '--now', 'etcd']);
    },
  };
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

function hostName(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown system';
  } catch {
    return 'unknown system'; // no os-release: only the message is poorer
  }
}
