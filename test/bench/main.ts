import { writeFileSync } from 'node:fs';
import { arch, cpus, loadavg, platform } from 'node:os';
import { parseArgs } from 'node:util';
import { type Calibration, calibrate, calibrationText } from './calibration.ts';
import { type Figure, type Topic, tableOf, verdictOf } from './figures.ts';
import { startBed } from './platform.ts';
import { arrivals } from './rows/arrivals.ts';
import { builds } from './rows/builds.ts';
import { causesOf } from './rows/causes.ts';
import { command } from './rows/command.ts';
import { creates } from './rows/creates.ts';
import { dashboard } from './rows/dashboard.ts';
import { databases } from './rows/databases.ts';
import { deployments } from './rows/deployments.ts';
import { disk } from './rows/disk.ts';
import { events } from './rows/events.ts';
import { exec } from './rows/exec.ts';
import { functions } from './rows/functions.ts';
import { hundred } from './rows/hundred.ts';
import { logs } from './rows/logs.ts';
import { memory } from './rows/memory.ts';
import { metrics } from './rows/metrics.ts';
import { packing } from './rows/packing.ts';
import { planning } from './rows/planning.ts';
import { pushes } from './rows/pushes.ts';
import { reads } from './rows/reads.ts';
import { removal } from './rows/removal.ts';
import { scale } from './rows/scale.ts';
import { start } from './rows/start.ts';
import { traffic } from './rows/traffic.ts';
import { units } from './rows/units.ts';
import { variables } from './rows/variables.ts';

const { values: flags } = parseArgs({
  options: { out: { type: 'string', default: 'bench.json' }, only: { type: 'string', multiple: true, default: [] } },
});
/** The measurements on one local cloud, by topic. */
const ofBed = {
  deployments,
  pushes,
  builds,
  logs,
  metrics,
  reads,
  creates,
  arrivals,
  events,
  removal,
  traffic,
  units,
  variables,
  disk,
  causes: causesOf,
  exec,
  databases,
  dashboard,
};

/** The first owner's address is an input of the assembly: a new address makes the first start synthesize. */
process.env.GANTRY_FIRST_OWNER_EMAIL = `bench-${Date.now()}@example.com`;
/** Discards the compiled code of earlier runs: a cold function compiles its code, as on Lambda. */
process.env.NODE_DISABLE_COMPILE_CACHE = '1';
/** The load of other programs at the start of the run, as a share of the cores. */
const busy = (loadavg()[0] ?? 0) / cpus().length;
process.exitCode = await main();

/** Measures topic by topic. A topic that cannot be measured makes the run fail; missed targets do not. */
async function main(): Promise<number> {
  const began = performance.now();
  const before = await calibrate();
  console.log(calibrationText('before', before));
  const results: Record<string, readonly Figure[]> = {};
  let failed = false;
  const measure = async ({ name, measure: figuresOf }: Topic): Promise<void> => {
    try {
      const since = performance.now();
      const figures = await figuresOf();
      results[name] = figures;
      console.log(`\n${name} (local, took ${((performance.now() - since) / 1000).toFixed(0)} s)\n${tableOf(figures)}`);
    } catch (error) {
      failed = true;
      console.error(`\n${name} could not be measured: ${error instanceof Error ? error.stack : String(error)}`);
    }
  };
  const isWanted = (name: string) => flags.only.length === 0 || flags.only.includes(name);
  const own = [start, memory, command, planning, packing, functions, scale, hundred];
  for (const topic of own) if (isWanted(topic.name)) await measure(topic);
  const wanted = Object.entries(ofBed).filter(([name]) => isWanted(name));
  if (wanted.length > 0) {
    const bed = await startBed();
    try {
      for (const [, make] of wanted) await measure(make(bed));
    } finally {
      await bed.stop();
    }
  }
  const after = await calibrate();
  console.log(`\n${calibrationText('after', after)}`);
  writeFileSync(flags.out, `${JSON.stringify(reportOf(results, { before, after }), undefined, 2)}\n`);
  console.log(`\nAll figures are of the local cloud, on this machine. ${flags.out}: the same with details.`);
  if (busy > 0.5) {
    console.log(
      `Others used ${Math.round(busy * 100)} % of the machine when the run began: only its ratios say something.`,
    );
  }
  console.log(`Took ${((performance.now() - began) / 1000).toFixed(0)} s.`);
  return failed ? 1 : 0;
}

function reportOf(
  results: Readonly<Record<string, readonly Figure[]>>,
  calibration: { readonly before: Calibration; readonly after: Calibration },
) {
  return {
    calibration,
    measured: 'local cloud',
    at: new Date().toISOString(),
    node: process.version,
    busyBefore: busy,
    machine: `${platform()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model}`,
    topics: Object.fromEntries(
      Object.entries(results).map(([topic, figures]) => [
        topic,
        figures.map((figure) => ({ ...figure, verdict: verdictOf(figure) })),
      ]),
    ),
  };
}
