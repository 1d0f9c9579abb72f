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
	r := &record{id: id, kind: chosen, endsAt: arrived.Add(ttl)}
	there, err := put(a, id, r.endsAt)
	if err != nil {
		return Status{}, err
	}
	r.fault, r.mechanism, r.device = there.fault, there.mechanism, there.device
	r.startedAt = time.Now()
	r.deadline = time.AfterFunc(time.Until(r.endsAt), func() { a.expire(r) })
	a.ledger.add(r)
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
