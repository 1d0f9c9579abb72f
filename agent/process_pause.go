package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"squall.dev/agent/internal/freeze"
)

const kindProcessPause = "process-pause"

// pausedProcesses is processes of the target container that do not run. They run on when this agent dies.
type pausedProcesses struct {
	frozen *freeze.Frozen
	which  string
}

// readProcessPause reads a request to freeze processes of the target container: `processes` (main, all or a pattern
// of names; absent: main), and `containerId` where the pod's containers share a PID namespace.
func readProcessPause(in *input) (begin, error) {
	selection := readSelection(in)
	if in.err != nil {
		return nil, in.err
	}
	return func(a *agent, _ string, _ time.Time) (started, error) {
		found, err := selection.find()
		if err != nil {
			return started{}, err
		}
		frozen, err := freeze.Found(func() ([]int, error) {
			var pids []int
			list, err := selection.find()
			for _, p := range list {
				pids = append(pids, p.pid)
			}
			return pids, err
		})
		if err != nil {
			return started{}, a.refusePause(err)
		}
		return started{fault: &pausedProcesses{frozen: frozen, which: describeProcesses(found)}, mechanism: "ptrace"}, nil
	}, nil
}

func (a *agent) refusePause(err error) error {
	var traced *freeze.TracedError
	if !errors.As(err, &traced) {
		return refuse("unsupported", oneLine(err))
	}
	refusal := refuse("conflict", oneLine(err))
	for _, r := range a.ledger.active() {
		if r.kind == kindProcessPause {
			refusal.ConflictsWith = r.id
		}
	}
	return refusal
}

func (p *pausedProcesses) readBack() readBack {
	state, err := p.frozen.ReadBack()
	if err != nil {
		return readBack{inEffect: true, evidence: "whether the processes run cannot be read: " + oneLine(err)}
	}
	back := readBack{counters: map[string]float64{"processes": float64(state.Processes), "threads": float64(state.Threads)}}
	switch {
	case state.Processes == 0:
		back.evidence = p.which + ": what was frozen has ended"
	case len(state.Running) > 0:
		back.evidence = p.which + ": not frozen are " + strings.Join(state.Running, ", ")
	default:
		back.inEffect = true
		back.evidence = fmt.Sprintf("%s: %d threads of %d processes are in a tracing stop", p.which, state.Threads, state.Processes)
	}
	return back
}

func (p *pausedProcesses) revert(reason string) (ending, error) {
	if err := p.frozen.Thaw(); err != nil {
		return ending{}, err
	}
	return ending{reason: reason}, nil
}

// aftermath counts as in effect what still does not run because of this agent.
func (p *pausedProcesses) aftermath() readBack {
	state, err := p.frozen.ReadBack()
	if err != nil {
		return readBack{inEffect: true, evidence: "whether the processes run cannot be read: " + oneLine(err)}
	}
	held := state.Threads - len(state.Running)
	if held > 0 {
		return readBack{inEffect: true, evidence: fmt.Sprintf("%s: %d of %d threads are in a tracing stop", p.which, held, state.Threads)}
	}
	return readBack{evidence: fmt.Sprintf("%s: none of %d threads is in a tracing stop", p.which, state.Threads)}
}
