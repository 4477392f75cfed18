export type CgroupDriver = 'cgroupfs' | 'systemd';

/**
 * A parent as the driver wants it: cgroupfs takes the path; systemd takes the last slice, whose name holds its ancestors
 * (`/kubepods/burstable/pod1-2` is `kubepods-burstable-pod1_2.slice`, since a dash separates levels there).
 */
export function cgroupParentFor(driver: CgroupDriver, path: string): string {
  if (driver === 'cgroupfs') return path;
  const parts = path.split('/').filter(Boolean);
  return `${parts.map((part) => part.replaceAll('-', '_')).join('-')}.slice`;
}
