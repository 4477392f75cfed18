import { FlagError } from '../../component/flags.ts';
import { createUser, type TokenAuthenticator, type User } from './authenticator.ts';
import { readFlagFile } from './read-flag-file.ts';

/**
 * `--token-auth-file`: lines of `token,user,uid` and optionally `"group1,group2"`. Good for the server's own audiences.
 * Read once. Throws where the file cannot be read or a line has fewer than three columns.
 */
export function createTokenFileAuthenticator(options: {
  readonly file: string;
  readonly audiences: readonly string[];
}): TokenAuthenticator {
  const users = parseTokenFile(readFlagFile(options.file, 'token file'), options.file);
  return {
    name: 'tokenfile',
    authenticateToken: (token, audiences) => {
      const user = users.get(token);
      const goodFor = options.audiences.filter((audience) => audiences.includes(audience));
      if (!user || !goodFor.length) return { kind: 'none' };
      return { kind: 'user', user, audiences: goodFor };
    },
  };
}

/** The users of a token file by token. A later line of the same token wins, as upstream's does. */
export function parseTokenFile(text: string, file: string): Map<string, User> {
  const users = new Map<string, User>();
  for (const record of parseCsv(text)) {
    if (record.length < 3) {
      throw new FlagError(
        `token file '${file}' must have at least 3 columns (token, user name, user uid), found ${record.length}`,
      );
    }
    const [token, name, uid, groups] = record as [string, string, string, string | undefined];
    if (!token) continue;
    users.set(token, createUser({ name, uid, groups: groups ? groups.split(',') : [] }));
  }
  return users;
}

/** RFC 4180 as far as Go's reader takes it by default: quotes, doubled quotes within, empty lines skipped, blanks kept. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line === '') continue;
    const fields: string[] = [];
    const field = /(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/gy;
    for (let match = field.exec(line); match; match = field.exec(line)) {
      fields.push((match[1]?.replaceAll('""', '"') ?? match[2] ?? '').trimStart());
      if (match[3] === '') break;
    }
    records.push(fields);
  }
  return records;
}
