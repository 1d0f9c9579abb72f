/** What `npm run bench` can do, for its help and for docs/performance.md, in the order of that page. */
export interface BenchPage {
  name: string;
  title: string;
  /** what is measured against what, in a few sentences */
  about: string;
  /** what it needs beside this checkout; null: nothing */
  needs: string | null;
  minutes: number;
}

const lab = 'the lab (`npm run lab -- up`)';

export const benchPages: readonly BenchPage[] = [
  {
    name: 'inject',
    title: 'From POST to a fault, from a cancellation to its proven end',
    about: `A campaign of one experiment on pods of the lab. *In effect* is when the agent has read the fault back from the kernel; for a deleted
pod, when a watch of the API server has it. *Proven undone* is when it was read back as gone. *Cold* is a pod that nothing was ever put
into, *warm* one that has squall's agent already. *The inject step* begins when the workflow has it scheduled, and holds all that the fault
itself takes. *Hold* is the arbiter's answer and, where it grants at once, the preflight, the baseline and the preparation. *The raw calls* are
the same done by the Kubernetes client alone: nothing is planned, checked, held, written down or undone by itself; no orchestrator can be faster. The Chaos Toolkit deletes the same pod by its extension for Kubernetes, from the start of its
process. *Litmus's experiment* is the program of litmus-go that deletes pods, from the start of its process, without checks before or after: its
operator, and the two pods that Litmus starts to get there, are not in it. Both are compared only where they can do the same.`,
    needs: `${lab}; python3 with venv and PyPI for the Chaos Toolkit; the program of litmus-go (\`go build ./bin/experiment\` in its checkout) by \`LITMUS_GO\`; each of the two is told of as missing otherwise`,
    minutes: 13,
  },
  {
    name: 'throughput',
    title: 'Campaigns in a minute',
    about: `Campaigns of three experiments (latency, CPU load, a deleted pod; each holds for a second), as many at a time as keep the machine
busy, with one worker, one API and Temporal's development server on the same cores. Only the cluster is a stub, which answers at once:
plan, arbiter, preflight, verbs, probes, undo, proof and report are the real ones. Then 150 campaigns hold a fault for 20 s together. At
last 1,000 campaigns are opened, and wait for an approval together; 100 of them run to their ends while the others stay open. The worker has
the heap that \`k8s/base/worker.yaml\` gives it.`,
    needs: null,
    minutes: 8,
  },
  {
    name: 'history',
    title: 'What a run leaves with Temporal',
    about: `Events and bytes of a run's histories, its experiments' own with them. The demo is the tutorial's ChaosEngine on the lab. The runs on
3, 100 and 1,000 pods differ in nothing else; their cluster is a stub. The day repeats three experiments of a minute, each with a sample each
second, every quarter of an hour; its activities are simulated, and its timers skipped.`,
    needs: lab,
    minutes: 6,
  },
  {
    name: 'plan',
    title: 'Plans in a large cluster',
    about: `1,000 nodes and 10,000 pods that exist in the lab's real API server alone, without kubelets: made for this, closed to everything else,
and removed after it. A plan is made as the worker's activity makes it, in a process of its own; requests to the API server are counted
on the wire. A run on 1,000 targets is a part of \`history\`.`,
    needs: lab,
    minutes: 6,
  },
  {
    name: 'startup',
    title: 'Until it is of use',
    about: `From the start of a process until \`squall --help\` has ended, and until API and worker say by \`/readyz\` that they are ready, from the
built npm package and from source, beside a Node that does nothing.`,
    needs: null,
    minutes: 3,
  },
  {
    name: 'api-load',
    title: 'The API under load',
    about: `500 POSTs of distinct runs in 60 s, while 100 clients follow runs by server-sent events and one reads a run ten times a second.
Nothing may be dropped or doubled. The worker's activities are simulated.`,
    needs: null,
    minutes: 3,
  },
];
