import { collect } from '@gantry/core/metrics/collect.ts';
import { schedule } from '@gantry/runtime/schedule.ts';

export const handler = schedule(collect);
