import { AwsError } from '../../kernel/service.ts';

/** The syntax that AWS allows between the percentage signs. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html */
const EXPRESSION = /^[\w:#=@/;,\-^$?[\]{}|\\*+.]+$/;
const LONGEST = 1024;

/**
 * Whether a message matches a filter pattern: `"…"`, a phrase that is no part of a longer word, or `%…%`, a regular expression. Throws AWS's error
 * for a pattern that AWS would refuse, and for forms that are not emulated.
 */
export function compilePattern(pattern: string): (message: string) => boolean {
  if (pattern.length > LONGEST) throw invalid(`filterPattern must have at most ${LONGEST} characters.`);
  const [, phrase] = /^"([^"\\]+)"$/.exec(pattern) ?? [];
  if (phrase !== undefined) return (message) => holds(message, phrase);
  const [, expression] = /^%(.+)%$/.exec(pattern) ?? [];
  if (expression === undefined) {
    throw invalid('local cloud: a filterPattern other than one quoted phrase or one expression is not emulated.');
  }
  if (!EXPRESSION.test(expression)) throw invalid('Invalid character(s) in term of the filter pattern.');
  const compiled = new RegExp(expression);
  return (message) => compiled.test(message);
}

function holds(text: string, phrase: string): boolean {
  const isWord = (character: string | undefined) => character !== undefined && /\w/.test(character);
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + 1)) {
    if (!isWord(text[at - 1]) && !isWord(text[at + phrase.length])) return true;
  }
  return false;
}

function invalid(why: string): AwsError {
  return new AwsError('InvalidParameterException', why);
}
