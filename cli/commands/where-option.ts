/** `--where EXPR`: a condition on the state of a key. A condition that cannot be parsed is a usage error. */
import { OperatorError } from '../../model/operator-error.ts';
import { parseWhere, type Where } from '../../operate/where.ts';
import { UsageError } from '../terminal/options.ts';

export function whereOption(text: string | undefined): Where | undefined {
  return text === undefined ? undefined : conditionOption('--where', text);
}

export function conditionOption(name: string, text: string): Where {
  try {
    return parseWhere(text);
  } catch (error) {
    if (error instanceof OperatorError) throw new UsageError(`${name} ${error.message}`);
    throw error;
  }
}
