import type { CliCommand } from '../command.ts';
import { applyCommand } from './apply.ts';
import { certsCommand } from './certs.ts';
import { deleteCommand } from './delete.ts';
import { describeCommand } from './describe.ts';
import { doctorCommand } from './doctor.ts';
import { downCommand } from './down.ts';
import { execCommand } from './exec.ts';
import { getCommand } from './get.ts';
import { logsCommand } from './logs.ts';
import { setupCommand } from './setup.ts';
import { statusCommand } from './status.ts';
import { upCommand } from './up.ts';

/** Every command, in the order of `k8ts --help`. */
export const commands = [
  upCommand,
  statusCommand,
  logsCommand,
  downCommand,
  certsCommand,
  doctorCommand,
  setupCommand,
  getCommand,
  describeCommand,
  applyCommand,
  deleteCommand,
  execCommand,
] as const satisfies readonly CliCommand[];
