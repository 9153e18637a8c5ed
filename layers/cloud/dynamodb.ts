import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientDefaults } from './client.ts';

/** The one DynamoDB client of a function; ElectroDB makes its document client from it. */
export const dynamodb = new DynamoDBClient(clientDefaults);
