import { parseArgs } from 'node:util';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { deadLettersOf, RELAY } from '../constructs/dead-letters.ts';
import { print, run } from './command.ts';
import { CONSUMERS } from './consumers.ts';
import { stageOf } from './options.ts';
import { depthOf, redriveQueue } from './queues.ts';
import { redriveRelay } from './relay.ts';

const USAGE = `Usage: npm run redrive [-- <consumer> [--stage <stage>]]

Sends a consumer the events again that it could not handle. Fix the cause first. Without a consumer, the command lists the number of
dead letters of each consumer. AWS_REGION, AWS_ENDPOINT_URL and the usual credentials in the environment select AWS or the local cloud.
--stage, GANTRY_STAGE or gantry.stage.json names the stage; the local cloud's stage is "local".`;

/** Runs the command and returns its exit code: 0 for success, 1 if messages remain, 2 for wrong use. */
async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { stage: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  const [consumer, ...rest] = positionals;
  if (values.help) return print(USAGE, 0);
  if (rest.length > 0) return print(USAGE, 2);
  if (consumer !== undefined && !CONSUMERS.includes(consumer)) {
    return print(`There is no consumer ${consumer}. There are: ${CONSUMERS.join(', ')}.`, 2);
  }
  const stage = stageOf(values.stage);
  const sqs = new SQSClient({});
  const nameOf = (each: string) => deadLettersOf(stage, each);
  if (consumer === undefined) {
    for (const each of CONSUMERS) print(`${String(await depthOf(sqs, nameOf(each))).padStart(7)}  ${each}`, 0);
    return 0;
  }
  if (consumer === RELAY) {
    const { sent, left } = await redriveRelay(sqs, new EventBridgeClient({}), nameOf(RELAY), `gantry-${stage}`);
    for (const reason of left) print(`not sent: ${reason}`, 1);
    return print(`${sent} sent to the bus, ${left.length} left in ${nameOf(RELAY)}.`, left.length === 0 ? 0 : 1);
  }
  const moved = await redriveQueue(sqs, nameOf(consumer));
  return print(`${moved} sent to ${consumer} again.`, 0);
}

await run('Not redriven', main);
