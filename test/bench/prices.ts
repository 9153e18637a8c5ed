/**
 * AWS list prices in US dollars, us-east-1, read from AWS's price pages in November 2026: without free tiers, discounts and taxes.
 * S3's requests are all taken at the price of a PUT, a build's seconds at that of CodeBuild's small x86 machine: both are upper bounds
 * of what the platform uses.
 */
export const PRICES_OF = 'list prices us-east-1 2026-11';

const MILLION = 1_000_000;

/** Of each unit that the local cloud's meter counts. */
const dollars: Readonly<Record<string, number>> = {
  'apigateway.requests': 1 / MILLION,
  'codebuild.seconds': 0.005 / 60,
  'dynamodb.rru': 0.125 / MILLION,
  'dynamodb.wru': 0.625 / MILLION,
  'events.events': 1 / MILLION,
  'kms.requests': 3 / MILLION,
  'lambda.gb-ms': 0.0000133334 / 1000,
  'lambda.requests': 0.2 / MILLION,
  'logs.bytes': 0.5 / 1024 ** 3,
  's3.requests': 5 / MILLION,
  'secretsmanager.requests': 5 / MILLION,
  'sqs.requests': 0.4 / MILLION,
  'states.transitions': 25 / MILLION,
  'websocket.connection-minutes': 0.25 / MILLION,
  'websocket.messages': 1 / MILLION,
};

/** The price of counted units. Throws where one has no price here: a cost must not leave anything out. */
export function priceOf(units: Readonly<Record<string, number>>): number {
  return Object.entries(units).reduce((sum, [unit, amount]) => {
    const price = dollars[unit];
    if (price === undefined) throw new Error(`The meter counts ${unit}: add its price to test/bench/prices.ts.`);
    return sum + amount * price;
  }, 0);
}
