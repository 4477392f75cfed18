import type Docker from 'dockerode';
import type { Logger } from '../../../component/logger.ts';
import { dockerMessage } from './docker-errors.ts';
import { imageStatus, importImage, pullImage } from './images.ts';
import { pauseProgram } from './pause-program.ts';

/** Made on this host; its tag counts up when the program changes. */
const builtInSandboxImage = 'k8ts/pause:1';

/**
 * The image sandboxes are made of: the one asked for where it is on the host or can be pulled, otherwise the built-in
 * one, which is made where it is missing. Calls may overlap.
 */
export async function ensureSandboxImage(
  docker: Docker,
  wanted: string | undefined,
  log: Logger,
  signal?: AbortSignal,
): Promise<string> {
  if (wanted && wanted !== builtInSandboxImage) {
    if (await imageStatus(docker, wanted)) return wanted;
    try {
      await pullImage(docker, wanted, undefined, signal);
      return wanted;
    } catch (error) {
      signal?.throwIfAborted();
      log.warn('sandbox image cannot be pulled, using the built-in one', {
        image: wanted,
        error: dockerMessage(error),
      });
    }
  }
  if (!(await imageStatus(docker, builtInSandboxImage))) await buildSandboxImage(docker);
  return builtInSandboxImage;
}

function buildSandboxImage(docker: Docker): Promise<void> {
  return importImage(
    docker,
    builtInSandboxImage,
    [{ name: 'pause', mode: 0o755, data: pauseProgram(process.arch) }],
    ['ENTRYPOINT ["/pause"]', 'USER 65535:65535'],
  );
}
