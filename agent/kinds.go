package main

import (
	"errors"
	"fmt"
	"time"
)

// kind is a kind of fault that a `start` request can ask for. A new one is a line in kinds, and a file of its own.
type kind struct {
	name string
	// read reads the kind's own fields of a request, and checks them; nothing is touched yet.
	read func(in *input) (begin, error)
}

// begin puts a fault in place; on an error nothing of it is left.
type begin func(a *agent, id string, until time.Time) (started, error)

// started is a fault in place.
type started struct {
	fault     fault
	mechanism string
	// device is the network interface it is on, "" for other faults.
	device string
}

var kinds = []kind{
	{kindNetwork, readNetwork},
	{kindProcessPause, readProcessPause},
	{kindProcessKill, readProcessKill},
	{kindDNS, readDNS},
	{kindHTTP, readHTTP},
	{kindNodeIsolate, readNodeIsolate},
	{kindKubeletFreeze, readKubeletFreeze},
	{kindNodeRestart, readNodeRestart},
}

func kindNames() []string {
	names := []string{}
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// start is idempotent by id.
func (a *agent) start(in *input) (Status, error) {
	arrived := time.Now()
	id := in.id()
	ttl := in.milliseconds("ttlMs", time.Millisecond, maxTTL, -1)
	endsBy := in.endsBy()
	chosen := in.choice("kind", kindNames()...)
	if in.err != nil {
		return Status{}, in.err
	}
	var put begin
	for _, k := range kinds {
		if k.name == chosen {
			var err error
			if put, err = k.read(in); err != nil {
				return Status{}, err
			}
		}
	}
	if err := in.finish(); err != nil {
		return Status{}, err
	}
	a.starting.Lock()
	defer a.starting.Unlock()
	if known := a.ledger.find(id); known != nil {
		return a.known(known)
	}
	if a.ledger.isBarred(id) {
		return Status{}, stoppedBefore(id)
	}
	until, err := endOf(id, arrived, ttl, endsBy)
	if err != nil {
		return Status{}, err
	}
	r := &record{id: id, kind: chosen, endsAt: until}
	there, err := put(a, id, r.endsAt)
	if err != nil {
		return Status{}, err
	}
	r.fault, r.mechanism, r.device = there.fault, there.mechanism, there.device
	r.startedAt = time.Now()
	r.deadline = time.AfterFunc(time.Until(r.endsAt), func() { a.expire(r) })
	if !a.ledger.add(r) {
		return Status{}, errors.Join(stoppedBefore(id), r.end(reasonStop))
	}
	status := a.status(r)
	if !status.InEffect && status.State == "active" {
		return Status{}, errors.Join(refuse("not-in-effect", "the fault was put in place but does not read back: "+status.Evidence), r.end(reasonStop))
	}
	return status, nil
}

// known answers a start of a fault the ledger has.
func (a *agent) known(r *record) (Status, error) {
	status := a.status(r)
	if status.State == "active" {
		return status, nil
	}
	return status, refuse("ended", fmt.Sprintf("fault %s has ended by %s: an id is used once", r.id, status.Reason))
}

// stoppedBefore refuses a start that was overtaken by the stop: whoever stopped it has read back that it is gone.
func stoppedBefore(id string) error {
	return refuse("ended", fmt.Sprintf("fault %s was stopped before it began: it is not begun any more", id))
}

const maxEpochMs = 1e14

// endsBy reads the end by this machine's clock, which whoever asks has read here before; absent: the zero time.
func (in *input) endsBy() time.Time {
	ms := in.number("endsBy", 1, maxEpochMs, 0, "ms since the epoch")
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(ms))
}

// endOf is when a fault ends. By a duration alone, a request that was held up on its way would end as much too late.
func endOf(id string, arrived time.Time, ttl time.Duration, endsBy time.Time) (time.Time, error) {
	until := arrived.Add(ttl)
	if endsBy.IsZero() || endsBy.After(until) {
		return until, nil
	}
	// Kept by the monotonic clock from here on, as every deadline is.
	left := endsBy.Sub(time.Now().Round(0))
	if left <= 0 {
		return until, refuse("late", fmt.Sprintf("fault %s was to end %v ago: it is not begun any more", id, -left.Round(time.Millisecond)))
	}
	return time.Now().Add(left), nil
}
