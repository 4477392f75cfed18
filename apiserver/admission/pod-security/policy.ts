import { invalidValue, type FieldError } from '../../../api/meta/field-error.ts';

export const levels = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof levels)[number];

/** A level in the wording of one release; `latest` is the newest there is. */
export interface LevelVersion {
  readonly level: Level;
  /** The minor of a 1.x release. */
  readonly minor: number | 'latest';
}

export const modes = ['enforce', 'audit', 'warn'] as const;
export type Mode = (typeof modes)[number];
export type Policy = Readonly<Record<Mode, LevelVersion>>;

const privileged: LevelVersion = { level: 'privileged', minor: 'latest' };
const allPrivileged: Policy = { enforce: privileged, audit: privileged, warn: privileged };

const prefix = 'pod-security.kubernetes.io';
const labelPattern = /^v1\.(0|[1-9][0-9]*)$/;

/** `baseline:v1.25`. */
export function describePolicy({ level, minor }: LevelVersion): string {
  return `${level}:${minor === 'latest' ? minor : `v1.${minor}`}`;
}

/**
 * The policy of a namespace by its labels and what holds by default, and what is wrong with the labels: a level that
 * cannot be read is enforced as `restricted`, and neither audited nor warned of. Who enforces more than is warned of by
 * default, and says nothing of warnings, gets them at the level that is enforced: templates are not refused.
 */
export function policyOf(
  labels: Readonly<Record<string, string>> = {},
  defaults: Policy = allPrivileged,
): { policy: Policy; errors: FieldError[] } {
  const errors: FieldError[] = [];
  const read = (mode: Mode): LevelVersion => {
    const levelText = labels[`${prefix}/${mode}`];
    const versionText = labels[`${prefix}/${mode}-version`];
    let { level, minor } = defaults[mode];
    if (levelText !== undefined) {
      if ((levels as readonly string[]).includes(levelText)) {
        level = levelText as Level;
      } else {
        level = mode === 'enforce' ? 'restricted' : 'privileged';
        const why = `must be one of ${levels.join(', ')}`;
        errors.push(invalidValue(`metadata.labels[${prefix}/${mode}]`, levelText, why));
      }
    }
    if (versionText === 'latest') minor = versionText;
    else if (versionText !== undefined) {
      const match = labelPattern.exec(versionText);
      if (match) minor = Number(match[1]);
      else {
        minor = 'latest';
        const why = 'must be "latest" or "v1.x"';
        errors.push(invalidValue(`metadata.labels[${prefix}/${mode}-version]`, versionText, why));
      }
    }
    return { level, minor };
  };
  const [enforce, audit] = [read('enforce'), read('audit')];
  let warn = read('warn');
  const says = (key: string): boolean => labels[`${prefix}/${key}`] !== undefined;
  if (says('enforce') && !says('warn') && isStricter(enforce.level, warn.level)) {
    warn = { level: enforce.level, minor: says('warn-version') ? warn.minor : enforce.minor };
  }
  return { policy: { enforce, audit, warn }, errors };
}

/** Are level and version the same? */
export function isSamePolicy(a: LevelVersion, b: LevelVersion): boolean {
  return a.level === b.level && a.minor === b.minor;
}

/** Is `a` at least as strict a level as `b`? */
export function isStricter(a: Level, b: Level): boolean {
  return levels.indexOf(a) > levels.indexOf(b);
}
