import { DescribeDBLogFilesCommand, DownloadDBLogFilePortionCommand } from '@aws-sdk/client-rds';
import { instanceOf } from './rds.ts';
import { ask, rds } from './rds-calls.ts';

/**
 * The last lines of the newest log of a cluster's server; empty where it has none. Statements that failed are among them.
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DownloadDBLogFilePortion.html
 */
export async function lastLogLines(cluster: string, lines: number): Promise<string> {
  const DBInstanceIdentifier = instanceOf(cluster);
  const { DescribeDBLogFiles = [] } = await ask(() =>
    rds.send(new DescribeDBLogFilesCommand({ DBInstanceIdentifier })),
  );
  const newest = DescribeDBLogFiles.toSorted((a, b) => (b.LastWritten ?? 0) - (a.LastWritten ?? 0))[0];
  if (newest?.LogFileName === undefined) return '';
  const { LogFileName } = newest;
  const command = new DownloadDBLogFilePortionCommand({ DBInstanceIdentifier, LogFileName, NumberOfLines: lines });
  return (await ask(() => rds.send(command))).LogFileData ?? '';
}
