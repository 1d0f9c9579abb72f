/** What the report's page has beside the look of every page. The timeline takes its colours from here. */
export const reportStyle = `
:root { --fault: light-dark(#8a3ffc, #b98bff); --on-fault: light-dark(#fff, #16191d); --fault-shade: light-dark(#f1eafe, #241f33); }
.links { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0; }
.timeline { display: block; width: 100%; min-width: 56rem; height: auto; }
details { margin: .75rem 0; }
.proof { font-size: .9em; }
@media print { .timeline { min-width: 0; } details:not([open]) { display: none; } }
`;
