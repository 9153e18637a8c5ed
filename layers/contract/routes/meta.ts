import * as z from 'zod';
import { declareRoutes } from '../route.ts';
import { SignIn } from '../schemas/identity.ts';

export const metaRoutes = declareRoutes({
  'health.get': {
    method: 'GET',
    path: '/v1/health',
    summary: 'Whether the API answers, and its version',
    access: 'public',
    reply: {
      status: 200,
      schema: z.strictObject({
        status: z.literal('ok'),
        stage: z.string().meta({ example: 'production' }),
        version: z.string().meta({ description: 'Of the Gantry that answers', example: '0.1.0' }),
      }),
    },
  },
  'signIn.get': {
    method: 'GET',
    path: '/v1/sign-in',
    summary: 'Where and how a client signs a person in',
    access: 'public',
    reply: { status: 200, schema: SignIn },
  },
  'openapi.get': {
    method: 'GET',
    path: '/v1/openapi.json',
    summary: 'This API as OpenAPI 3.1',
    access: 'public',
    reply: { status: 200, schema: z.looseObject({ openapi: z.string().meta({ example: '3.1.0' }) }) },
  },
});
