/** Parameters of operations, once for OpenAPI v2 and v3; descriptions are our own words. */
export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path' | 'body';
  readonly type: 'string' | 'boolean' | 'integer' | 'body';
  readonly description?: string;
  readonly required?: boolean;
  /** Type in the schema table, of a body. */
  readonly bodyType?: string;
}

const query = (name: string, type: 'string' | 'boolean' | 'integer', description: string): Parameter => ({
  name,
  in: 'query',
  type,
  description,
});

export const pretty = query(
  'pretty',
  'string',
  "If 'true', the answer is indented. Absent, it is 'true' for browsers and command-line tools that show it to people.",
);

const dryRun = query(
  'dryRun',
  'string',
  "With 'All', every stage runs and nothing is stored. Other values are refused.",
);
const fieldManager = query(
  'fieldManager',
  'string',
  'The actor to whom the changes are attributed. At most 128 printable characters; required for apply patches.',
);
const fieldValidation = query(
  'fieldValidation',
  'string',
  'What to do with unknown or duplicate fields: Ignore drops them, Warn (the default) drops them and sends a warning each, Strict refuses the request.',
);
const force = query('force', 'boolean', 'Takes over fields that other managers own. Only for apply patches.');

const resourceVersion = query(
  'resourceVersion',
  'string',
  'How recent the data has to be; unset means the most recent.',
);
const resourceVersionMatch = query(
  'resourceVersionMatch',
  'string',
  'How resourceVersion is applied to lists: Exact or NotOlderThan.',
);
const continueToken = query('continue', 'string', 'Goes on with a list where the chunk that gave this token ended.');
const fieldSelector = query('fieldSelector', 'string', 'Restricts the objects by their fields; everything by default.');
const labelSelector = query('labelSelector', 'string', 'Restricts the objects by their labels; everything by default.');
const limit = query('limit', 'integer', 'The most items one answer holds; the token to go on is in metadata.continue.');
const sendInitialEvents = query(
  'sendInitialEvents',
  'boolean',
  'A watch begins with synthetic events for all objects there are, ended by a bookmark.',
);
const shardSelector = query('shardSelector', 'string', 'Restricts the objects to a shard of the collection.');
const timeoutSeconds = query('timeoutSeconds', 'integer', 'Ends the call after this time, whatever the activity.');
const watch = query(
  'watch',
  'boolean',
  'Watches for changes and sends them as a stream of add, update and remove notifications.',
);
const allowWatchBookmarks = query('allowWatchBookmarks', 'boolean', 'Asks for watch events of type BOOKMARK.');

/** Of list and of all the watch paths. */
export const listParameters: readonly Parameter[] = [
  allowWatchBookmarks,
  continueToken,
  fieldSelector,
  labelSelector,
  limit,
  resourceVersion,
  resourceVersionMatch,
  sendInitialEvents,
  shardSelector,
  timeoutSeconds,
  watch,
];

export const writeParameters: readonly Parameter[] = [dryRun, fieldManager, fieldValidation];
export const patchParameters: readonly Parameter[] = [dryRun, fieldManager, fieldValidation, force];

export const deleteParameters: readonly Parameter[] = [
  dryRun,
  query(
    'gracePeriodSeconds',
    'integer',
    'Seconds until the object is deleted; zero is at once, unset the default of its type.',
  ),
  query(
    'ignoreStoreReadErrorWithClusterBreakingPotential',
    'boolean',
    'Deletes an object that cannot be read any more, without its finalizers and preconditions. May break the cluster.',
  ),
  query('orphanDependents', 'boolean', 'Deprecated in favour of propagationPolicy: true leaves dependents alone.'),
  query('propagationPolicy', 'string', 'How dependents are collected: Orphan, Background or Foreground.'),
];

export const deleteCollectionParameters: readonly Parameter[] = [
  ...deleteParameters,
  ...listParameters.filter((p) => p !== watch && p !== allowWatchBookmarks),
];

/** The `{name}` of a path, which is always required; `what` is the kind that its description says. */
export const pathName = (what: string): Parameter => ({
  name: 'name',
  in: 'path',
  type: 'string',
  required: true,
  description: `name of the ${what}`,
});

export const pathNamespace: Parameter = {
  name: 'namespace',
  in: 'path',
  type: 'string',
  required: true,
  description: 'object name and auth scope, such as for teams and projects',
};

export const pathRest: Parameter = {
  name: 'path',
  in: 'path',
  type: 'string',
  required: true,
  description: 'path to the resource',
};

/**
 * What is sent along, of a type in the schema table. Where it need not be, `required` is left out rather than false.
 */
export const body = (bodyType: string, required: boolean): Parameter => ({
  name: 'body',
  in: 'body',
  type: 'body',
  ...(required ? { required } : {}),
  bodyType,
});

const container = query('container', 'string', 'The container; the only one by default.');
const streams = ['stderr', 'stdin', 'stdout'].map((name) => query(name, 'boolean', `Redirects ${name} for this call.`));
const tty = query('tty', 'boolean', 'Allocates a terminal for this call.');

/** Query parameters of the subresources that take a connection over, and of logs. */
export const connectParameters: Readonly<Record<string, readonly Parameter[]>> = {
  attach: [container, ...streams, tty],
  exec: [
    query('command', 'string', 'The command to run, not in a shell; one parameter an argument.'),
    container,
    ...streams,
    tty,
  ],
  portforward: [query('ports', 'integer', 'Ports to forward; needed where WebSockets are used.')],
  proxy: [query('path', 'string', 'The URL path to use for the current proxy request.')],
  log: [
    container,
    query('follow', 'boolean', 'Keeps sending what the container writes.'),
    query('insecureSkipTLSVerifyBackend', 'boolean', "Does not verify the serving certificate of the node's kubelet."),
    query('limitBytes', 'integer', 'The most bytes to read.'),
    query('previous', 'boolean', 'The log of the container that ran before.'),
    query('sinceSeconds', 'integer', 'Only what is newer than these seconds.'),
    query('stream', 'string', 'Which stream: All, Stdout or Stderr.'),
    query('tailLines', 'integer', 'Only so many lines from the end.'),
    query('timestamps', 'boolean', 'Puts the time of writing before each line.'),
  ],
};
