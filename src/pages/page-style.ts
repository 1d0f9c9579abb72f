/** What the pages have beside the report's look. */
export const pageStyle = `
nav { display: flex; gap: 1rem; align-items: baseline; justify-content: space-between; }
button, input, select { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--quiet); border-radius: .25rem; padding: .25rem .6rem; max-width: 100%; }
button { cursor: pointer; background: var(--raised); }
button:disabled { cursor: progress; opacity: .6; }
[hidden] { display: none !important; }
form.fields, form.sign-in { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; }
form.fields label { display: flex; flex-direction: column; font-size: .9em; }
figure { margin: 1rem 0; }
figure svg { width: 100%; height: auto; }
figure svg text { fill: var(--text); }
figcaption { color: var(--quiet); font-size: .9em; }
ol.events { list-style: none; padding: 0; max-height: 30rem; overflow-y: auto; }
ol.events li { display: flex; gap: .75rem; padding: .15rem 0; border-bottom: 1px solid var(--line); }
ol.events time { flex: none; color: var(--quiet); font-variant-numeric: tabular-nums; }
ol.events span { white-space: pre-wrap; overflow-wrap: anywhere; min-width: 0; }
td[data-timer] { font-variant-numeric: tabular-nums; min-width: 4rem; }
.pick { white-space: nowrap; }
`;
