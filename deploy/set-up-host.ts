import type { Clock } from '../component/clock.ts';
import { clusterPrograms, debianPackages, testPrograms } from './setup/debian-packages.ts';
import { dockerDaemon } from './setup/docker-daemon.ts';
import { generatedFiles } from './setup/generated-files.ts';
import { startFiles } from './setup/start-files.ts';
import { runSteps, type Progress } from './setup/run-steps.ts';

/** What the host is wanted for: a cluster, or the tests too. */
export type Purpose = 'cluster' | 'tests';

/** Puts in place what the host lacks; resolves with the number of steps that did something (0 on a second run). */
export function setUpHost(
  purpose: Purpose,
  deps: { readonly clock: Clock; readonly progress: Progress },
): Promise<number> {
  const programs = purpose === 'tests' ? [...clusterPrograms, ...testPrograms] : clusterPrograms;
  return runSteps([generatedFiles, startFiles(), debianPackages(programs), dockerDaemon(deps.clock)], deps.progress);
}
