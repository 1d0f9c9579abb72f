// The whole of echarts as one file has no types of its own; it is what the package's entry exports.
declare module 'echarts/dist/echarts.esm.min.mjs' {
  export * from 'echarts';
}
