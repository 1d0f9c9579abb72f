import { amountForm } from '../../campaign/json-schema/forms.ts';
import { bad, good, type Parsed, parseBytes, parsePercent } from '../../campaign/units.ts';
import type { Parameter } from '../parameters/parameter.ts';

/** Bytes, or a share of something in percent. */
export type Amount = { bytes: number } | { percent: number };

/** An amount's effective form, one text for both: `536870912` bytes, or `80%`. */
export function writeAmount(amount: Amount): string {
  return 'bytes' in amount ? String(amount.bytes) : `${amount.percent}%`;
}

/** Reads what `writeAmount` wrote. */
export function readAmount(text: string): Amount {
  return text.endsWith('%') ? { percent: Number(text.slice(0, -1)) } : { bytes: Number(text) };
}

/** For people: `512Mi`, `80 % of its memory limit`. */
export function describeAmount(text: string, of: string): string {
  const amount = readAmount(text);
  if ('percent' in amount) return `${amount.percent} % ${of}`;
  const units: [string, number][] = [
    ['Gi', 2 ** 30],
    ['Mi', 2 ** 20],
    ['Ki', 2 ** 10],
  ];
  const unit = units.find(([, size]) => amount.bytes % size === 0);
  return unit === undefined ? `${amount.bytes} bytes` : `${amount.bytes / unit[1]}${unit[0]}`;
}

/** Sets an amount's text. `of` says what the percentage is of. */
export function amountParameter(common: { sets: string; default: string; of: string; description: string; example: string }): Parameter {
  const expected = `a quantity of bytes such as 512Mi, or a percentage above 0% ${common.of}`;
  const parse = (value: unknown): Parsed<string> => {
    if (typeof value === 'string' && value.trim().endsWith('%')) {
      const percent = parsePercent(value);
      if (!percent.ok) return percent;
      return percent.value > 0 ? good(writeAmount({ percent: percent.value })) : bad(value, expected);
    }
    const bytes = parseBytes(value);
    return bytes.ok && bytes.value > 0 ? good(writeAmount({ bytes: bytes.value })) : bad(value, expected);
  };
  return {
    sets: common.sets,
    form: expected,
    description: common.description,
    parse,
    default: common.default,
    required: false,
    example: common.example,
    refused: ['0%', '101%', '-1%', 0, '64 megabytes', '64ms', 'half', true, ['64Mi']],
    jsonSchema: amountForm,
  };
}

/** As the agent's flags. */
export function amountFlags(text: string): string[] {
  const amount = readAmount(text);
  return 'bytes' in amount ? ['--bytes', String(amount.bytes)] : ['--percent', String(amount.percent)];
}
