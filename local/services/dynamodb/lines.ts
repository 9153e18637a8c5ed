/** Joins pieces of a stream into lines of UTF-8, and calls `each` with each line, without its end. */
export function createLines(each: (line: string) => void): (piece: Buffer) => void {
  let rest: Buffer[] = [];
  return (piece) => {
    let from = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', from)) {
      const line = Buffer.concat([...rest, piece.subarray(from, end)]).toString('utf8');
      rest = [];
      from = end + 1;
      if (line !== '') each(line);
    }
    if (from < piece.length) rest.push(piece.subarray(from));
  };
}
