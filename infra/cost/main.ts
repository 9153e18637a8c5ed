import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acknowledge } from '../acknowledgements.ts';
import { ROOT } from '../constructs/bundle.ts';
import { addStage, emptyApp } from '../gantry.ts';
import { Stage } from '../stage.ts';
import { readTemplates } from '../verify/template.ts';
import { MEASURED, MEASURED_AT } from './measured.ts';
import { idleMonth, type Line, LOADS, month, priceOf, totalOf } from './model.ts';
import { PRICES_OF, STANDING } from './prices.ts';

// `npm run cost` computes the cost of an installation on AWS from the template of the example stage. Nothing was measured on AWS.
const folder = mkdtempSync(join(tmpdir(), 'gantry-cost-'));
try {
  const stage = Stage.parse(JSON.parse(readFileSync(join(ROOT, 'gantry.stage.example.json'), 'utf8')));
  const app = emptyApp(folder);
  addStage(app, stage);
  acknowledge(app, stage);
  app.synth();
  const templates = readTemplates(folder);
  console.log(
    `Computed, not measured on AWS: the template of gantry.stage.example.json at ${PRICES_OF}; units by use at ${MEASURED_AT}.`,
  );
  const unsure = Object.values(STANDING).filter((price) => 'unsure' in price);
  console.log(`Not confirmed on a page of AWS's own: the price of ${unsure.map(({ per }) => per).join('; ')}.\n`);
  show('An idle month', idleMonth(templates));
  console.log(
    `One deployment of an upload: $${priceOf(MEASURED.deployment).toFixed(4)}, without the app's own install and build`,
  );
  console.log(`1,000 calls of the API: $${(1000 * priceOf(MEASURED.call)).toFixed(4)}\n`);
  for (const load of LOADS) show(`A month, ${load.name}`, month(templates, load, MEASURED));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function show(title: string, lines: readonly Line[]): void {
  console.log(`${title}: $${totalOf(lines).toFixed(2)}`);
  for (const { what, amount, dollars } of lines.filter((line) => line.dollars >= 0.005))
    console.log(
      `  ${what.padEnd(44)} ${amount.toLocaleString('en-US').padStart(12)} ${`$${dollars.toFixed(2)}`.padStart(10)}`,
    );
  console.log('');
}
