import { EventEnvelope } from '@gantry/contract/events.ts';
import { LookRequest } from '@gantry/core/deployments/health/again.ts';
import { answerLook } from '@gantry/core/deployments/health/answer.ts';
import { reactTo } from '@gantry/runtime/react.ts';
import * as z from 'zod';

/** A deployment that went live, what the cluster told of a release, or a look that was asked for → how the instance is doing. */
export const handler = reactTo(z.union([EventEnvelope, LookRequest]), answerLook);
