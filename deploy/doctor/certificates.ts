import { relative } from 'node:path';
import { checkPki, needsAttention } from '../pki/check-pki.ts';
import { renewBeforeMs } from '../pki/ensure-pki.ts';
import { openPaths } from '../pki/private-modes.ts';
import { fail, ok, warn, type DoctorCheck } from './doctor-check.ts';

/** Certificates that are wrong or end soon, and files of the cluster that others may read. */
export const certificates: DoctorCheck = {
  name: 'certificates',
  check: async ({ config, paths, clock }) => {
    if (!config) return [];
    const reports = await checkPki(config, { clock });
    const bad = reports.filter((report) => needsAttention(report, renewBeforeMs));
    const open = openPaths(config.dataDir);
    const days = Math.floor(Math.min(...reports.map(({ residualSeconds }) => residualSeconds ?? 0)) / 86_400);
    return [
      ...(bad.length === 0 ? [ok('certificates', `${reports.length}, the first ends in ${days} days`)] : []),
      ...bad.map(({ name, problem, expires, residualSeconds, externallyManaged }) => {
        const remedy = externallyManaged
          ? 'put a new one in place'
          : problem
            ? 'k8ts down, then k8ts up'
            : `k8ts certs renew ${name}`;
        if (problem) return fail('certificates', `${name}: ${problem}`, remedy);
        return residualSeconds! <= 0
          ? fail('certificates', `${name} has expired: ${expires}`, remedy)
          : warn('certificates', `${name} expires soon: ${expires}`, remedy);
      }),
      open.length === 0
        ? ok('private files', 'only their owner has rights on them')
        : fail(
            'private files',
            `others have rights on ${open.map(({ path, mode }) => `${relative(paths.dataDir, path)} (0${mode.toString(8)})`).join(', ')}`,
            'k8ts up takes them away; if somebody may have read keys, k8ts certs renew all',
          ),
    ];
  },
};
