/**
 * A sample of the suite's usual work, for `speed.ts` to time: a process starts, JavaScript works, files are written to
 * the disk. The argument is a folder for this sample.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const [, , folder] = process.argv;
const seen = new Map();
for (let round = 0; round < 60; round += 1) {
  const items = Array.from({ length: 300 }, (_, at) => ({
    id: `item-${round}-${at}`,
    tags: [round, at],
    text: 'x'.repeat(at % 50),
  }));
  const text = JSON.stringify(items);
  for (const { id, tags } of JSON.parse(text)) seen.set(id, tags.map(String).join(':').replace(/\d/g, '#'));
  createHash('sha256').update(text).digest('hex');
}
for (let at = 0; at < 5; at += 1) {
  const file = openSync(join(folder, `${process.pid}-${at}`), 'w');
  writeSync(file, 'x'.repeat(4096));
  fsyncSync(file);
  closeSync(file);
}
