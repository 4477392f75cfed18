import type { Attack } from './attack.ts';
import { bodies, patches } from './bodies.ts';
import { handshakes, http1Frames, http2Frames, slowBodies, upgrades } from './frames.ts';
import { headers, paths, queries } from './paths.ts';

/** Every kind of broken input. */
export const attacks: readonly Attack[] = [
  bodies,
  patches,
  paths,
  queries,
  headers,
  http1Frames,
  handshakes,
  http2Frames,
  upgrades,
  slowBodies,
];
