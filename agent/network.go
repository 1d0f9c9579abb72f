package main

import (
	"fmt"
	"strings"
	"time"

	"squall.dev/agent/internal/nft"
	"squall.dev/agent/internal/traffic"
)

// mechanism is a way to do something to packets.
type mechanism struct {
	name string
	// lacks says why it cannot do what is asked, "" when it can where the kernel has it.
	lacks func(networkRequest) string
	start func(*table, networkRequest, time.Time) (fault, error)
}

// mechanisms, the preferred one first: what the kernel does by itself, then what goes through this process.
var mechanisms = []mechanism{
	{mechanismDrop, dropLacks, startDrop},
	{mechanismTbf, tbfLacks, startTbf},
	{mechanismNetem, netemLacks, startNetem},
	{mechanismQueue, func(networkRequest) string { return "" }, startQueue},
}

const (
	mechanismDrop  = "drop"
	mechanismTbf   = "tbf"
	mechanismNetem = "netem"
	mechanismQueue = "nfqueue"
)

// byQdisc tells of a mechanism that takes an interface's one root qdisc.
func byQdisc(mechanism string) bool { return mechanism == mechanismTbf || mechanism == mechanismNetem }

// readNetwork reads a request for packets to be delayed, lost, doubled, damaged, reordered or slowed down.
func readNetwork(in *input) (begin, error) {
	request, err := readNetworkRequest(in)
	if err != nil {
		return nil, err
	}
	return func(a *agent, id string, until time.Time) (started, error) {
		request.id = id
		if err := request.resolveHosts(); err != nil {
			return started{}, err
		}
		if err := a.table.refuseConflict(request); err != nil {
			return started{}, err
		}
		return startBest(a.table, request, until)
	}, nil
}

func startBest(t *table, request networkRequest, until time.Time) (started, error) {
	var reasons []string
	taken := t.qdiscOn(request)
	occupied := false
	for _, m := range mechanisms {
		if request.mechanism != "auto" && request.mechanism != m.name {
			continue
		}
		lacks := m.lacks(request)
		if lacks == "" && taken != "" && byQdisc(m.name) {
			lacks = "fault " + taken + " has the root qdisc of " + request.device + ", to which nfqueue could add"
			occupied = true
		}
		if lacks != "" {
			reasons = append(reasons, m.name+": "+lacks)
			continue
		}
		f, err := m.start(t, request, until)
		if err == nil {
			request.mechanism = m.name
			t.note(request)
			return started{fault: &notedFault{f, t, request.id}, mechanism: m.name, device: request.device}, nil
		}
		reasons = append(reasons, m.name+": "+oneLine(err))
	}
	if occupied {
		return started{}, &Refusal{Code: "occupied", Message: strings.Join(reasons, "; "), ConflictsWith: taken}
	}
	return started{}, refuse("unsupported", fmt.Sprintf("%s cannot be done here; %s", request, strings.Join(reasons, "; ")))
}

// notedFault is one the table remembers the request of, until it is reverted.
type notedFault struct {
	fault
	table *table
	id    string
}

func (n *notedFault) revert(reason string) (ending, error) {
	how, err := n.fault.revert(reason)
	if err == nil {
		n.table.unnote(n.id)
	}
	return how, err
}

func (t *table) note(request networkRequest) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.requests = append(t.requests, request)
}

func (t *table) unnote(id string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for i, request := range t.requests {
		if request.id == id {
			t.requests = append(t.requests[:i:i], t.requests[i+1:]...)
			return
		}
	}
}

// qdiscOn gives the id of a fault of this agent that has the root qdisc of the same interface; "": none has.
func (t *table) qdiscOn(request networkRequest) string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for _, other := range t.requests {
		if byQdisc(other.mechanism) && other.meets(request, traffic.Egress) {
			return other.id
		}
	}
	return ""
}

// refuseConflict looks for a fault that this one cannot be added to: of this agent, one that does the same to the same
// packets; of any other agent, in the kernel itself, every one on the interface.
func (t *table) refuseConflict(request networkRequest) error {
	if err := t.refuseOwnConflict(request); err != nil {
		return err
	}
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
		if found.rule.Table != t.nameNow() && found.mark.device == request.device && request.goes(found.mark.direction) {
			return conflict(found.mark.id, fmt.Sprintf("fault %s holds interface %s, in table inet %s (%s)",
				found.mark.id, request.device, found.rule.Table, ownerText(found.owner)))
		}
	}
	return nil
}

func (t *table) nameNow() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.conn == nil {
		return ""
	}
	return t.name
}

func (t *table) refuseOwnConflict(request networkRequest) error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for _, other := range t.requests {
		for _, direction := range request.directions {
			if !other.meets(request, direction) {
				continue
			}
			if same := other.alike(request); same != "" && other.filter.Overlaps(request.filter) {
				return conflict(other.id, fmt.Sprintf("fault %s already sets a %s on %s, for packets that this one is for too: %s",
					other.id, same, request.device, other))
			}
		}
	}
	return nil
}

func conflict(id, message string) *Refusal {
	return &Refusal{Code: "conflict", Message: message, ConflictsWith: id}
}
