import type { Tour } from '../tour.ts';
import { access } from './access.ts';
import { apply } from './apply.ts';
import { config } from './config.ts';
import { containers } from './containers.ts';
import { create } from './create.ts';
import { generators } from './generators.ts';
import { get } from './get.ts';
import { inspect } from './inspect.ts';
import { kindsTour } from './kinds.ts';
import { many } from './many.ts';
import { modify } from './modify.ts';
import { podTour } from './pods.ts';
import { set } from './set.ts';
import { workloads } from './workloads.ts';

/** Every command of kubectl, a line a tour. */
export const tours: readonly Tour[] = [
  create,
  generators,
  get,
  kindsTour,
  many,
  modify,
  apply,
  set,
  inspect,
  access,
  config,
  podTour,
  containers,
  workloads,
];
