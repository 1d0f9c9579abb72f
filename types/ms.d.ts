// Temporal's Duration type comes from `ms`, whose package exports no types under nodenext:
// without this, Duration is `any` and `startToCloseTimeout: 'banana'` compiles.
declare module 'ms' {
  type Unit = 'ms' | 's' | 'm' | 'h' | 'd' | 'second' | 'seconds' | 'minute' | 'minutes' | 'hour' | 'hours' | 'day' | 'days';
  export type StringValue = `${number}` | `${number}${Unit}` | `${number} ${Unit}`;
  // biome-ignore lint/style/noDefaultExport: the package has one
  export default function ms(value: StringValue): number;
}
