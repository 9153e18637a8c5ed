import { type AnyOperation, AwsError } from '../../../kernel/service.ts';
import { resourceTags } from '../../../kernel/tags.ts';
import { operation } from '../../../wire/operation.ts';
import type { Clusters } from '../clusters.ts';
import { rdsArn } from '../records.ts';

interface OnLogs {
  readonly DBInstanceIdentifier: string;
}

interface Portion extends OnLogs {
  readonly LogFileName: string;
  readonly NumberOfLines?: number;
}

/** A server has one log here, from its last start on. */
const FILE = 'error/postgresql.log';
/** The default of RDS. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DownloadDBLogFilePortion.html */
const LINES = 1000;

/** What the product reads of the logs of servers. */
export function logOperations(clusters: Clusters): Readonly<Record<string, AnyOperation>> {
  const access =
    (action: string) =>
    ({ DBInstanceIdentifier: id }: OnLogs) => [
      { action: `rds:${action}`, resource: rdsArn('db', id), context: resourceTags(clusters.instance(id)?.tags) },
    ];
  const logOf = (id: string) => {
    const instance = clusters.instance(id);
    if (instance === undefined) throw new AwsError('DBInstanceNotFoundFault', `DBInstance ${id} not found.`, 404);
    return clusters.log(clusters.get(instance.cluster));
  };
  return {
    DescribeDBLogFiles: operation({
      uses: ['DBInstanceIdentifier'],
      access: access('DescribeDBLogFiles'),
      handle: ({ DBInstanceIdentifier: id }: OnLogs) => ({
        DescribeDBLogFiles: [{ LogFileName: FILE, LastWritten: Date.now(), Size: Buffer.byteLength(logOf(id)) }],
      }),
    }),
    DownloadDBLogFilePortion: operation({
      uses: ['DBInstanceIdentifier', 'LogFileName', 'NumberOfLines'],
      access: access('DownloadDBLogFilePortion'),
      handle({ DBInstanceIdentifier: id, LogFileName: name, NumberOfLines: lines = LINES }: Portion) {
        const log = logOf(id);
        if (name !== FILE)
          throw new AwsError('DBLogFileNotFoundFault', `DBLog File: ${name}, is not found on the DB instance`, 404);
        return {
          LogFileData: log
            .split('\n')
            .slice(-lines - 1)
            .join('\n'),
          AdditionalDataPending: false,
        };
      },
    }),
  };
}
