import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { limitScript } from '@gantry/cluster/limit.ts';
import { droppedMarker } from '@gantry/contract/log-line.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

/** Fluent Bit runs LuaJIT, which is Lua 5.1. */
const lua = ['luajit', 'lua5.1'].find((command) => spawnSync(command, ['-v']).status === 0);

/** Feeds records to the filter as Fluent Bit does, and prints each result as a line of tabs and hexadecimal. */
const DRIVER = `
dofile(arg[1])
local function hex(text) return (text:gsub('.', function(c) return ('%02x'):format(c:byte()) end)) end
for line in io.lines(arg[2]) do
  local tag, time, count, length = line:match('^(%S+) (%S+) (%d+) (%d+)$')
  for _ = 1, tonumber(count) do
    local code, _, record = limit(tag, tonumber(time), { log = ('é'):rep(tonumber(length) / 2), stream = 'stdout' })
    local records = record[1] and record or { record }
    if code >= 0 then for _, each in ipairs(records) do print(tag .. '\\t' .. code .. '\\t' .. hex(each.log)) end end
  end
end
`;

interface Written {
  readonly tag: string;
  /** Seconds since 1970. */
  readonly at: number;
  readonly lines: number;
  readonly bytes: number;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gantry-lua-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function shipped(perSecond: number, written: readonly Written[]): { tag: string; text: string }[] {
  const [script, driver, input] = ['limit.lua', 'driver.lua', 'input'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(script, limitScript(perSecond));
  writeFileSync(driver, DRIVER);
  writeFileSync(input, written.map(({ tag, at, lines, bytes }) => `${tag} ${at} ${lines} ${bytes}\n`).join(''));
  const output = execFileSync(lua ?? '', [driver, script, input], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [tag = '', , text = ''] = line.split('\t');
      return { tag, text: Buffer.from(text, 'hex').toString() };
    });
}

const droppedIn = (lines: readonly { text: string }[]) =>
  lines.flatMap(({ text }) => (text.startsWith('{') ? [(JSON.parse(text) as { dropped: number }).dropped] : []));

describe('the log shipper’s filter', () => {
  if (lua === undefined) {
    it.todo('not run: neither luajit nor lua5.1 is on this machine');
    return;
  }

  it('lets a replica write a burst, then its rate, and reports dropped lines once a second', () => {
    const seconds = Array.from({ length: 10 }, (_, second) => ({
      tag: 'noisy',
      at: 1000 + second,
      lines: 500,
      bytes: 10,
    }));
    const lines = shipped(100, seconds);
    const dropped = droppedIn(lines);
    const kept = lines.length - dropped.length;
    expect(kept).toBe(200 + 9 * 100);
    expect(dropped).toHaveLength(10);
    // A later line reports the rest of the last second.
    const later = shipped(100, [...seconds, { tag: 'noisy', at: 1020, lines: 1, bytes: 10 }]);
    expect(droppedIn(later).reduce((sum, each) => sum + each, 0)).toBe(5000 - kept);
    expect(later.at(-2)?.text).toBe(droppedMarker(droppedIn(later).at(-1) ?? 0, 100));
    expect(later.at(-1)?.text).toBe('é'.repeat(5));
  });

  it('limits neither other replicas nor a replica within its rate', () => {
    const written = Array.from({ length: 5 }, (_, second) => [
      { tag: 'noisy', at: 1000 + second, lines: 1000, bytes: 10 },
      { tag: 'calm', at: 1000 + second, lines: 100, bytes: 10 },
    ]).flat();
    expect(shipped(100, written).filter(({ tag }) => tag === 'calm')).toHaveLength(500);
  });

  it('counts each KB of a line as a line', () => {
    const lines = shipped(100, [{ tag: 'wide', at: 1000, lines: 100, bytes: 10 * 1024 }]);
    expect(lines.length - droppedIn(lines).length).toBe(20);
  });

  it('cuts a line at 32 KB after a whole character, with the mark that clients know', () => {
    const [line] = shipped(100, [{ tag: 'long', at: 1000, lines: 1, bytes: 100 * 1024 }]);
    expect(Buffer.byteLength(line?.text ?? '')).toBeLessThanOrEqual(32 * 1024);
    expect(line?.text).toMatch(/^é+… \[cut at 32 KB\]$/);
  });

  it('drops no lines that it reads late', () => {
    const backlog = Array.from({ length: 3600 }, (_, second) => ({
      tag: 'calm',
      at: 1000 + second,
      lines: 10,
      bytes: 10,
    }));
    expect(shipped(100, backlog)).toHaveLength(36_000);
  });
});
