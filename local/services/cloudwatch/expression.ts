/** The names in an expression: the ids of the alarm's other metrics, each with its value in a period. */
export type Values = Readonly<Record<string, number>>;

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(>=|<=|==|!=|[-+*/()<>,]))/y;

/**
 * The part of CloudWatch's metric math that alarms of the template use: numbers, names, `+ - * /`, comparisons, `IF`, `MAX` and `MIN`. A comparison is 1
 * or 0. Throws where the text holds anything else.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
export function evaluate(text: string, values: Values): number {
  const tokens = tokensOf(text);
  let next = 0;
  const peek = () => tokens[next];
  const take = (expected?: string): string => {
    const token = tokens[next];
    if (token === undefined || (expected !== undefined && token !== expected))
      throw new Error(`local cloud: the expression ${text} is not emulated`);
    next += 1;
    return token;
  };
  const isOne = (operators: readonly string[]) => operators.includes(peek() ?? '');
  const primary = (): number => {
    const token = take();
    if (token === '(') {
      const value = comparison();
      take(')');
      return value;
    }
    if (token === '-') return -primary();
    if (/^\d/.test(token)) return Number(token);
    if (peek() === '(') return call(token);
    const value = values[token];
    if (value === undefined)
      throw new Error(`local cloud: the expression ${text} names ${token}, which does not exist`);
    return value;
  };
  const call = (name: string): number => {
    take('(');
    const given = [comparison()];
    while (peek() === ',') {
      take(',');
      given.push(comparison());
    }
    take(')');
    const [first = 0, second = 0, third = 0] = given;
    if (name === 'IF') return first === 0 ? third : second;
    if (name === 'MAX') return Math.max(...given);
    if (name === 'MIN') return Math.min(...given);
    if (name === 'FILL') return first;
    throw new Error(`local cloud: the function ${name} of metric math is not emulated`);
  };
  const product = (): number => {
    let value = primary();
    while (isOne(['*', '/'])) value = take() === '*' ? value * primary() : value / primary();
    return value;
  };
  const sum = (): number => {
    let value = product();
    while (isOne(['+', '-'])) value = take() === '+' ? value + product() : value - product();
    return value;
  };
  const comparison = (): number => {
    const left = sum();
    if (!isOne(['>', '<', '>=', '<=', '==', '!='])) return left;
    const operator = take();
    return Number(holds(operator, left, sum()));
  };
  const value = comparison();
  if (next < tokens.length) throw new Error(`local cloud: the expression ${text} is not emulated`);
  return value;
}

function holds(operator: string, left: number, right: number): boolean {
  if (operator === '>') return left > right;
  if (operator === '<') return left < right;
  if (operator === '>=') return left >= right;
  if (operator === '<=') return left <= right;
  return operator === '==' ? left === right : left !== right;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.trimEnd().length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) throw new Error(`local cloud: the expression ${text} is not emulated`);
    tokens.push(match[1] ?? match[2] ?? match[3] ?? '');
  }
  return tokens;
}
