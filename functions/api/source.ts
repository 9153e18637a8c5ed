import { authenticate } from '@gantry/core/identity/operations.ts';
import { createUpload } from '@gantry/core/source/operations.ts';
import { serve } from '@gantry/runtime/serve.ts';

export const handler = serve(
  'source',
  { 'uploads.create': ({ caller, params }) => createUpload(caller, params) },
  { authenticate },
);
