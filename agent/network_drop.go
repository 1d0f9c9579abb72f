package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/nftables/expr"

	"squall.dev/agent/internal/nfqueue"
	"squall.dev/agent/internal/traffic"
)

// dropFault loses every packet, in the kernel.
type dropFault struct {
	request networkRequest
	table   *table
	way     dropWay
}

// dropWay is how what leaves is lost. A verdict of drop is told to its sender, as EPERM; what is lost on a network is
// not. A packet for a queue that nobody has bound is lost without a word.
type dropWay struct {
	name   string
	action expr.Any
	queued bool
}

func dropWays() []dropWay {
	var ways []dropWay
	for _, way := range queueWays {
		ways = append(ways, dropWay{
			fmt.Sprintf("to packet queue %d, which nobody has bound, by %s", nfqueue.NobodysNumber, way.name),
			way.build(nfqueue.NobodysNumber, false), true,
		})
	}
	return append(ways, dropWay{"to a drop, of which senders are told", verdictDrop, false})
}

var verdictDrop = &expr.Verdict{Kind: expr.VerdictDrop}

func dropLacks(request networkRequest) string {
	if request.drops() {
		return ""
	}
	return "it only loses every packet, nothing less and nothing else"
}

func startDrop(t *table, request networkRequest, until time.Time) (fault, error) {
	var refused []error
	for _, way := range dropWays() {
		if way.queued {
			if err := nfqueue.Unbound(nfqueue.NobodysNumber); err != nil {
				refused = append(refused, err)
				continue
			}
		}
		var placements []placement
		for _, direction := range request.directions {
			action := way.action
			if direction == traffic.Ingress {
				action = verdictDrop // nobody here has sent it
			}
			m := mark{id: request.id, device: request.device, direction: direction, mechanism: mechanismDrop, until: until}
			placements = append(placements, placement{m, stepDrop, rulesOf(request.filter, direction, action)})
		}
		err := t.add(true, placements...)
		if err == nil {
			return &dropFault{request, t, way}, nil
		}
		refused = append(refused, fmt.Errorf("%s: %w", way.name, err))
	}
	return nil, errors.Join(refused...)
}

func (d *dropFault) readBack() readBack {
	found, err := d.table.rulesOf(d.request.id, d.request.directions)
	if err != nil {
		return readBack{evidence: err.Error()}
	}
	counters := map[string]float64{"packets": float64(found.matched), "lost": float64(found.matched)}
	if d.way.queued {
		if err := nfqueue.Unbound(nfqueue.NobodysNumber); err != nil {
			return readBack{evidence: err.Error(), counters: counters}
		}
	}
	if err := there(d.request.device); err != nil {
		return readBack{evidence: err.Error(), counters: counters}
	}
	how := d.way.name
	if !d.request.goes(traffic.Egress) {
		how = "to a drop"
	}
	return readBack{
		inEffect: true,
		evidence: fmt.Sprintf("%s sends %s %s; %d lost", found, d.request.way(), how, found.matched),
		counters: counters,
	}
}

func (d *dropFault) revert(reason string) (ending, error) {
	counters := d.readBack().counters
	if err := d.table.remove(d.request.id); err != nil {
		return ending{}, err
	}
	return ending{reason, counters}, d.table.release()
}
