import { clusterPrograms } from '../setup/debian-packages.ts';
import { findProgram, runCommand } from '../setup/run-command.ts';
import { fail, ok, type DoctorCheck } from './doctor-check.ts';

/** Rights, and the programs that k8ts calls. */
export const programs: DoctorCheck = {
  name: 'programs',
  check: async () => {
    const lacking = clusterPrograms.filter(({ program }) => !findProgram(program));
    return [
      process.getuid?.() === 0
        ? ok('rights', 'root')
        : fail('rights', 'not root: containers, mounts and iptables need it', 'run k8ts as root'),
      lacking.length === 0
        ? ok('programs', clusterPrograms.map(({ program }) => program).join(', '))
        : fail(
            'programs',
            `not on this host: ${lacking.map(({ program }) => program).join(', ')}`,
            `k8ts setup, or apt-get install ${lacking.map(({ debianPackage }) => debianPackage).join(' ')}`,
          ),
    ];
  },
};

/** Whether rules of iptables can be read, and by which of its two back ends. */
export const iptables: DoctorCheck = {
  name: 'iptables',
  check: async () => {
    const program = findProgram('iptables');
    if (!program) return [fail('iptables', 'it is not on this host', 'k8ts setup')];
    const version = await runCommand(program, ['--version']);
    const rules = await runCommand(program, ['-w', '5', '-t', 'nat', '-S', 'PREROUTING']);
    if (rules.code !== 0)
      return [
        fail(
          'iptables',
          rules.stderr.trim().split('\n')[0] ?? `exit code ${rules.code}`,
          'run as root, on a kernel with netfilter; k8ts up --kube-proxy-arg=proxy-mode=userspace does without',
        ),
      ];
    return [ok('iptables', version.stdout.trim())];
  },
};
