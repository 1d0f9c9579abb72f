package main

import (
	"errors"
	"fmt"
	"time"

	"squall.dev/agent/internal/nft"
)

// mechanism is a way to delay packets.
type mechanism struct {
	name  string
	start func(*table, delayRequest, time.Time) (fault, error)
}

// mechanisms, the preferred one first.
var mechanisms = []mechanism{{"netem", startNetemDelay}, {"nfqueue", startQueueDelay}}

// startDelay is idempotent by id.
func (a *agent) startDelay(in *input) (Status, error) {
	arrived := time.Now()
	request, err := readDelayRequest(in)
	if err != nil {
		return Status{}, err
	}
	a.starting.Lock()
	defer a.starting.Unlock()
	if known := a.ledger.find(request.id); known != nil {
		return a.known(known)
	}
	if err := a.refuseConflict(request); err != nil {
		return Status{}, err
	}
	r := &record{id: request.id, kind: kindNetworkDelay, device: request.device, endsAt: arrived.Add(request.ttl)}
	if err := startBest(a.table, request, r); err != nil {
		return Status{}, err
	}
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

func startBest(t *table, request delayRequest, r *record) error {
	reasons := ""
	for _, m := range mechanisms {
		if request.mechanism != "auto" && request.mechanism != m.name {
			continue
		}
		f, err := m.start(t, request, r.endsAt)
		if err == nil {
			r.mechanism, r.fault = m.name, f
			return nil
		}
		reasons += fmt.Sprintf("; %s: %s", m.name, oneLine(err))
	}
	return refuse("unsupported", "packets leaving "+request.device+" cannot be delayed here"+reasons)
}

// refuseConflict looks for another fault on the interface, of this agent or of any other, in the kernel itself.
func (a *agent) refuseConflict(request delayRequest) error {
	conn, err := nft.Dial()
	if err != nil {
		return refuse("unsupported", oneLine(err))
	}
	defer conn.Close()
	rules, err := markedRules(conn)
	if err != nil {
		return refuse("unsupported", "this kernel does not tell its nftables tables: "+oneLine(err))
	}
	for _, found := range rules {
		if found.mark.device == request.device {
			return &Refusal{
				Code:          "conflict",
				Message:       fmt.Sprintf("fault %s holds interface %s, in table inet %s (%s)", found.mark.id, request.device, found.rule.Table, ownerText(found.owner)),
				ConflictsWith: found.mark.id,
			}
		}
	}
	return nil
}
