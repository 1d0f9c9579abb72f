/**
 * The look of every page: tokens that hold in light and dark, and the pieces made of them. Each pair of a text's colour and its
 * ground has a contrast of at least 4.5 to 1. Paper is light.
 */
export const style = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#fff, #16191d);
  --raised: light-dark(#f5f6f8, #1e2227);
  --text: light-dark(#1c2024, #e6e9ec);
  --quiet: light-dark(#555c64, #a3abb3);
  --line: light-dark(#d5d8dc, #3d434a);
  --good: light-dark(#17643a, #6fd39a);
  --bad: light-dark(#a3201d, #ff938a);
  --warn: light-dark(#7a4b00, #f0b95a);
  --link: light-dark(#0b57a4, #7cb7f5);
}
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: var(--ground); color: var(--text); overflow-wrap: break-word; }
main { max-width: 70rem; margin: 0 auto; padding: 1.5rem; }
h1, h2, h3 { line-height: 1.25; overflow-wrap: anywhere; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
section { border-top: 1px solid var(--line); margin-top: 1.5rem; }
dl > div { display: flex; flex-wrap: wrap; gap: 0 1rem; }
dt { flex: 0 0 10rem; font-weight: 600; }
dd { flex: 1 1 16rem; margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
tfoot th, tfoot td { border-top: 2px solid var(--line); font-weight: 600; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: .75rem; border: 1px solid var(--line); border-radius: .25rem; background: var(--raised); }
code { overflow-wrap: anywhere; }
summary { cursor: pointer; font-weight: 600; }
.quiet { color: var(--quiet); }
.badge { font-size: .8em; font-weight: 600; white-space: nowrap; border: 1px solid currentColor; border-radius: .25rem; padding: 0 .4em; }
.badge.good::before { content: "✓ " / ""; } .badge.bad::before { content: "✗ " / ""; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
@media (max-width: 40rem) { main { padding: 1rem; } dt { flex-basis: 100%; } dd { flex-basis: 100%; } }
@media print { :root { color-scheme: light; } main { max-width: none; padding: 0; } h2, h3 { break-after: avoid; } article, tr { break-inside: avoid; } .wide { overflow: visible; } th, td { overflow-wrap: anywhere; padding: .2rem .3rem; } }
`;
