package main

import (
	"fmt"
	"log"
	"sync"
	"time"

	"squall.dev/agent/internal/nft"
)

// agent holds faults, and answers for them.
type agent struct {
	ledger    *ledger
	table     *table
	redirects *redirects
	// starting is held while a fault is started, so that two of them cannot miss each other.
	starting sync.Mutex
	idle     *idleClock
	// listeners are the sessions that are open.
	listeners listeners
	// controlPort is where it answers over HTTP; 0: nowhere.
	controlPort uint16
}

func newAgent(idle *idleClock) *agent {
	a := &agent{table: &table{}, idle: idle}
	a.redirects = openRedirects(a.table)
	a.ledger = newLedger(a.tellEnded)
	return a
}

// handle answers one request.
func (a *agent) handle(line []byte) any {
	in, err := parseInput(line)
	if err != nil {
		return refusal(err)
	}
	return a.answer(in)
}

func (a *agent) answer(in *input) any {
	switch op := in.choice("op", "nothing", "ping", "abilities", "node-abilities", "ports", "hears", "start", "status", "stop", "list"); {
	case in.err != nil || op == "nothing":
		in.wrong("op", "one of ping, abilities, node-abilities, ports, hears, start, status, stop, list")
		return refusal(in.err)
	case op == "ping":
		if err := in.finish(); err != nil {
			return refusal(err)
		}
		return Answer{OK: true, Now: time.Now().UnixMilli()}
	case op == "abilities":
		a.idle.touch()
		return a.abilities(in)
	case op == "node-abilities":
		a.idle.touch()
		return a.nodeAbilities(in)
	case op == "ports":
		return portsAnswer(in)
	case op == "hears":
		return hears(in)
	case op == "start":
		a.idle.touch()
		defer a.noteIdle()
		status, err := a.start(in)
		return answerWith(status, err)
	case op == "list":
		return a.list(in)
	default:
		id := in.id()
		if err := in.finish(); err != nil {
			return refusal(err)
		}
		if op == "status" {
			return answerWith(a.statusOf(id), nil)
		}
		defer a.noteIdle()
		status, err := a.stop(id)
		return answerWith(status, err)
	}
}

func answerWith(status Status, err error) Answer {
	answer := Answer{OK: true}
	if err != nil {
		answer = refusal(err)
	}
	if status.ID != "" {
		answer.Fault = &status
	}
	return answer
}

func (a *agent) statusOf(id string) Status {
	if r := a.ledger.find(id); r != nil {
		return a.status(r)
	}
	back := traceBack(id)
	return Status{ID: id, State: "unknown", InEffect: back.inEffect, Evidence: back.evidence}
}

// status reads a fault back: by itself while it is held, by a search in the kernel when it has ended.
func (a *agent) status(r *record) Status {
	r.mutex.Lock()
	held, past, trouble := r.fault, r.past, r.trouble
	status := Status{
		ID: r.id, Kind: r.kind, State: "active", Mechanism: r.mechanism, Interface: r.device,
		StartedAt: epochMs(r.startedAt), EndsAt: epochMs(r.endsAt), EndedAt: epochMs(r.endedAt), Reason: r.how.reason,
	}
	counters := r.how.counters
	r.mutex.Unlock()
	if held == nil {
		back := traceBack(r.id)
		if past != nil && !back.inEffect {
			back = past.aftermath()
		}
		status.State, status.InEffect, status.Evidence, status.Counters = "ended", back.inEffect, back.evidence, counters
		return status
	}
	back := held.readBack()
	status.InEffect, status.Evidence, status.Counters = back.inEffect, back.evidence, back.counters
	if trouble != nil {
		status.Evidence += "; it could not be reverted: " + oneLine(trouble)
	}
	return status
}

// traceBack counts what cannot be read as in effect: nothing is called gone that was not seen to be.
func traceBack(id string) readBack {
	found, err := findTrace(id)
	if err != nil {
		return readBack{inEffect: true, evidence: "whether anything of it is left cannot be read: " + oneLine(err)}
	}
	return found.readBack()
}

// stop reverts a fault, or what the kernel has of one this agent does not hold. An id that is not known is used up by it:
// a start that was held up on its way, or is being worked on, must not begin what was read back as gone.
func (a *agent) stop(id string) (Status, error) {
	var err error
	if r := a.ledger.bar(id); r != nil {
		err = r.end(reasonStop)
	} else {
		// What is being put in place may be this very fault; it is taken away again before the kernel is looked at.
		a.starting.Lock()
		a.starting.Unlock()
	}
	if err == nil {
		var left trace
		if left, err = findTrace(id); err == nil {
			err = left.remove()
		}
	}
	status := a.statusOf(id)
	if err != nil {
		return status, refuse("not-reverted", fmt.Sprintf("fault %s is not reverted: %s", id, oneLine(err)))
	}
	if status.InEffect {
		return status, refuse("not-reverted", fmt.Sprintf("fault %s is still there: %s", id, status.Evidence))
	}
	return status, nil
}

// expire ends a fault at its deadline. A fault that cannot be reverted stays active, says so, and is tried again.
func (a *agent) expire(r *record) {
	defer a.noteIdle()
	if err := r.end(reasonDeadline); err != nil {
		log.Printf("fault %s cannot be reverted: %v", r.id, err)
		r.mutex.Lock()
		r.deadline.Reset(time.Second)
		r.mutex.Unlock()
	}
}

// endAll reverts every fault.
func (a *agent) endAll(reason string) {
	var tasks sync.WaitGroup
	for _, r := range a.ledger.active() {
		tasks.Go(func() {
			if err := r.end(reason); err != nil {
				log.Printf("fault %s cannot be reverted: %v", r.id, err)
			}
		})
	}
	tasks.Wait()
}

func (a *agent) noteIdle() { a.idle.busy(len(a.ledger.active()) > 0) }

// list is all faults of this agent, and what the kernel has of others.
func (a *agent) list(in *input) any {
	if err := in.finish(); err != nil {
		return refusal(err)
	}
	answer := struct {
		OK        bool       `json:"ok"`
		Faults    []Status   `json:"faults"`
		Leftovers []Leftover `json:"leftovers"`
	}{OK: true, Faults: []Status{}}
	for _, r := range a.ledger.all() {
		answer.Faults = append(answer.Faults, a.status(r))
	}
	leftovers, err := a.leftovers()
	if err != nil {
		return refusal(err)
	}
	answer.Leftovers = leftovers
	return answer
}

func (a *agent) leftovers() ([]Leftover, error) {
	conn, err := nft.Dial()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	live := map[string]bool{}
	for _, r := range a.ledger.active() {
		live[r.id] = true
	}
	found, err := findLeftovers(conn, live)
	if notPermitted(err) {
		return []Leftover{}, nil
	}
	return found, err
}
