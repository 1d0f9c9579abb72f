package main

import (
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

// readNetworkDelay reads a request for a network delay.
func readNetworkDelay(in *input) (begin, error) {
	request, err := readDelayRequest(in)
	if err != nil {
		return nil, err
	}
	return func(a *agent, id string, until time.Time) (started, error) {
		request.id = id
		if err := a.refuseConflict(request); err != nil {
			return started{}, err
		}
		return startBest(a.table, request, until)
	}, nil
}

func startBest(t *table, request delayRequest, until time.Time) (started, error) {
	reasons := ""
	for _, m := range mechanisms {
		if request.mechanism != "auto" && request.mechanism != m.name {
			continue
		}
		f, err := m.start(t, request, until)
		if err == nil {
			return started{fault: f, mechanism: m.name, device: request.device}, nil
		}
		reasons += fmt.Sprintf("; %s: %s", m.name, oneLine(err))
	}
	return started{}, refuse("unsupported", "packets leaving "+request.device+" cannot be delayed here"+reasons)
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
