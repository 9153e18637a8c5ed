import { writeFileSync } from 'node:fs';
import { openApiDocument } from '@gantry/contract/openapi.ts';
import { referencePage } from '@gantry/runtime/reference/page.ts';

const p = referencePage(openApiDocument('https://api.example.com'));
writeFileSync('/tmp/reach-docs.html', p);
console.log(p.length);
