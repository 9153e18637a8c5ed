import type { Measured } from './model.ts';

/**
 * The local cloud's meter from `npm run bench -- --only units` on two cores: a deployment of an uploaded app without packages, and a GET of a
 * project. A build's seconds are those of this machine; CodeBuild takes longer to start, and an app's own install and build come on top.
 */
export const MEASURED_AT = 'f7baf24, 2026-11-29';

export const MEASURED: Measured = {
  deployment: {
    'apigateway.requests': 5,
    'codebuild.seconds': 6.5,
    'dynamodb.rru': 153,
    'dynamodb.wru': 174,
    'events.events': 11,
    'kms.requests': 1,
    'lambda.gb-ms': 12798.5,
    'lambda.requests': 58.5,
    'logs.bytes': 48875.5,
    's3.requests': 3,
    'sqs.requests': 70.5,
    'states.transitions': 10,
    'websocket.connection-minutes': 1,
    'websocket.messages': 9,
  },
  call: {
    'apigateway.requests': 1,
    'dynamodb.rru': 3,
    'lambda.gb-ms': 12.36,
    'lambda.requests': 1,
    'logs.bytes': 954.52,
  },
};
