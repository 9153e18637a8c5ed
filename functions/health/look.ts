import { EventEnvelope } from '@gantry/contract/events.ts';
import { LookRequest } from '@gantry/core/deployments/health/again.ts';
import { answerLook } from '@gantry/core/deployments/health/answer.ts';
import { reactTo } from '@gantry/runtime/react.ts';
import * as z from 'zod';

/** A deployment that went live, a cluster event about a release, or a requested look → the health of the instance. */
export const handler = reactTo(z.union([EventEnvelope, LookRequest]), answerLook);
