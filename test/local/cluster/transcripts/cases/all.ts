import type { Topic } from '../transcript.ts';
import { serverSideApply } from './apply.ts';
import { deletion } from './deletion.ts';
import { discovery } from './discovery.ts';
import { kinds, limits } from './kinds.ts';
import { objects } from './objects.ts';
import { patches } from './patches.ts';
import { presentation } from './presentation.ts';
import { refusals } from './refusals.ts';
import { selectors } from './selectors.ts';
import { subresources } from './subresources.ts';
import { watches } from './watches.ts';

export const TOPICS: readonly Topic[] = [
  discovery,
  refusals,
  objects,
  patches,
  serverSideApply,
  subresources,
  selectors,
  watches,
  deletion,
  presentation,
  kinds,
  limits,
];
