import type { Tour } from '../tour.ts';
import { access } from './access.ts';
import { create } from './create.ts';
import { get } from './get.ts';
import { inspect } from './inspect.ts';
import { modify } from './modify.ts';
import { podTour } from './pods.ts';
import { set } from './set.ts';
import { workloads } from './workloads.ts';

/** Every command of kubectl, a line a tour. */
export const tours: readonly Tour[] = [create, get, modify, set, inspect, access, podTour, workloads];
