import type Docker from 'dockerode';
import { Readable } from 'node:stream';
import type { ImageInfo, RegistryAuth } from '../container-runtime.ts';
import { isNotFound, withoutPrefix } from './docker-errors.ts';
import { tar, type TarEntry } from './tar.ts';

/** Pulls what the reference names, one tag only, and answers the image's id. */
export async function pullImage(
  docker: Docker,
  image: string,
  auth: RegistryAuth | undefined,
  signal?: AbortSignal,
): Promise<string> {
  const name = withDefaultTag(image);
  try {
    const stream = (await docker.pull(name, {
      ...(auth ? { authconfig: { username: auth.username, password: auth.password, serveraddress: auth.server } } : {}),
      abortSignal: signal,
    })) as Readable;
    await progressEnds(docker, stream);
    return (await docker.getImage(name).inspect()).Id;
  } catch (error) {
    throw withoutPrefix(error);
  }
}

/** Makes an image of these files alone; `changes` are instructions of a Dockerfile. `image` has a tag. */
export async function importImage(
  docker: Docker,
  image: string,
  files: readonly TarEntry[],
  changes: readonly string[],
): Promise<void> {
  const [repo, tag] = image.split(':');
  const archive = Readable.from([tar(files)]) as unknown as string; // its types know files alone
  const stream = await docker.importImage(archive, { repo, tag, changes });
  await progressEnds(docker, stream as unknown as Readable);
}

/** Resolves when a stream of progress ends well; the daemon reports failures inside it. */
export function progressEnds(docker: Docker, stream: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    const modem = docker.modem as {
      followProgress(
        stream: Readable,
        done: (error: Error | null) => void,
        each: (line: { error?: string }) => void,
      ): void;
    };
    let failure: string | undefined;
    modem.followProgress(
      stream,
      (error) => (error ? reject(error) : failure ? reject(new Error(failure)) : resolve()),
      (line) => void (failure = line.error ?? failure),
    );
  });
}

/** Without a tag the daemon would pull every tag there is. */
export function withDefaultTag(image: string): string {
  if (image.includes('@')) return image;
  const lastPart = image.slice(image.lastIndexOf('/') + 1);
  return lastPart.includes(':') ? image : `${image}:latest`;
}

/** What the daemon knows of the image; undefined where it does not have it. */
export async function imageStatus(docker: Docker, image: string): Promise<ImageInfo | undefined> {
  try {
    const found = await docker.getImage(image).inspect();
    return {
      id: found.Id,
      tags: found.RepoTags ?? [],
      digests: found.RepoDigests ?? [],
      sizeBytes: found.Size,
      user: found.Config?.User ?? '',
    };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw withoutPrefix(error);
  }
}

/** All images of the daemon. */
export async function listImages(docker: Docker, signal?: AbortSignal): Promise<ImageInfo[]> {
  const found = await docker.listImages({ abortSignal: signal });
  return found.map((image) => ({
    id: image.Id,
    tags: (image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>'),
    digests: (image.RepoDigests ?? []).filter((digest) => digest !== '<none>@<none>'),
    sizeBytes: image.Size,
    user: '',
  }));
}
