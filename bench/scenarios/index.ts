import type { Scenario } from '../scenario.ts';
import { apply } from './apply.ts';
import { create } from './create.ts';
import { deletePods } from './delete.ts';
import { get } from './get.ts';
import { list, listByLabel, listCached, listChunked } from './list.ts';
import { statusPatch } from './status-patch.ts';
import { watch } from './watch.ts';

/** In the order in which they run: create makes the pods that the others read, delete takes them away. */
export const scenarios: readonly Scenario[] = [
  create,
  get,
  list,
  listCached,
  listChunked,
  listByLabel,
  watch,
  statusPatch,
  apply,
  deletePods,
];
