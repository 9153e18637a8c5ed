import { droppedMarker, MAX_LINE_BYTES } from '@gantry/contract/log-line.ts';

/**
 * The log shipper's filter in Lua. It cuts lines at 32 KB, and passes at most this many lines a second of a replica, after a burst of twice as many;
 * a line counts once per KB. One line a second reports the dropped ones, the first time at once. The rest is reported before a silent replica's next
 * line. Times are the lines' own, so a shipper that catches up drops nothing more. https://docs.fluentbit.io/manual/data-pipeline/filters/lua
 */
export function limitScript(linesPerSecond: number): string {
  const [before, after] = droppedMarker(0, linesPerSecond).replace('"dropped":0', '"dropped":%d').split('… 0 lines');
  return `local LINES_PER_SECOND = ${linesPerSecond}
local BURST = 2 * LINES_PER_SECOND
local LINE_BYTES = 1024
local MOST_BYTES = ${MAX_LINE_BYTES}
local MARK = '… [cut at 32 KB]'
local MARKER = '${before}… %s lines${after}'
local KEPT_SECONDS = 60

local replicas = {}
local swept = 0

local function cut(text)
  if #text <= MOST_BYTES then return text end
  local last = MOST_BYTES - #MARK
  while text:byte(last + 1) >= 0x80 and text:byte(last + 1) < 0xC0 do last = last - 1 end
  return text:sub(1, last) .. MARK
end

-- Of a progress bar the last state: what lastState in contract/line-splitter.ts does.
local function shown(text)
  if not text:find('\\r', 1, true) then return text end
  local last = ''
  for state in text:gmatch('[^\\r]+') do
    if state:find('%S') then last = state end
  end
  return last
end

local function grouped(count)
  local text = tostring(count):reverse():gsub('(%d%d%d)', '%1,'):reverse()
  return (text:gsub('^,', ''))
end

local function sweep(now)
  if now - swept < KEPT_SECONDS then return end
  swept = now
  for tag, replica in pairs(replicas) do
    if now - replica.filled > KEPT_SECONDS then replicas[tag] = nil end
  end
end

function limit(tag, timestamp, record)
  local replica = replicas[tag] or { tokens = BURST, filled = timestamp, dropped = 0, told = 0 }
  replicas[tag] = replica
  local now = math.max(timestamp, replica.filled)
  replica.tokens = math.min(BURST, replica.tokens + (now - replica.filled) * LINES_PER_SECOND)
  replica.filled = now
  sweep(now)

  local text = cut(shown(record.log or ''))
  local cost = math.max(1, math.ceil(#text / LINE_BYTES))
  local passes = replica.tokens >= cost
  if passes then replica.tokens = replica.tokens - cost else replica.dropped = replica.dropped + 1 end

  local marker
  if replica.dropped > 0 and now - replica.told >= 1 then
    marker = { log = MARKER:format(grouped(replica.dropped), replica.dropped) }
    replica.dropped = 0
    replica.told = now
  end
  if not passes then
    if marker then return 2, timestamp, marker end
    return -1, timestamp, record
  end
  if marker then return 2, timestamp, { marker, { log = text } } end
  if #text == #(record.log or '') then return 0, timestamp, record end
  record.log = text
  return 2, timestamp, record
end
`;
}
