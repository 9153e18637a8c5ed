/** Characters that a pattern may hold unescaped. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html */
const PLAIN = /[\d:_#=@/;,-]/;
/** A letter becomes four characters of a pattern, which has at most 1,024. */
const LONGEST = 200;
const LEAST_LETTERS = 3;

/**
 * A CloudWatch filter pattern for lines that hold the text in upper or lower case. It may match more lines, because it does not know all characters
 * and cases: the reader checks again. Undefined for a text that would exclude too little.
 */
export function patternOf(text: string): string | undefined {
  const [longest = ''] = (text.match(/[ -~]+/g) ?? []).toSorted((a, b) => b.length - a.length);
  const part = longest.slice(0, LONGEST);
  if ((part.match(/[a-z\d]/gi) ?? []).length < LEAST_LETTERS) return undefined;
  const expression = [...part].map((character) => {
    if (/[a-z]/i.test(character)) return `[${character.toUpperCase()}${character.toLowerCase()}]`;
    return PLAIN.test(character) ? character : '.';
  });
  return `%${expression.join('')}%`;
}
