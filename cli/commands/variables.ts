import type { Group } from '../declare.ts';
import { applying } from '../variables/apply.ts';
import { changing } from '../variables/change.ts';
import { reading } from '../variables/read.ts';

const { list, ...others } = reading;

export const command: Group = { verbs: { list, ...changing, ...others, ...applying } };
