package main

import (
	"errors"
	"fmt"
	"log"
	"net"
	"strings"
	"time"

	"squall.dev/agent/internal/nfqueue"
)

const letGoLimit = time.Second

// queueFault has its packets go through queues in this process, one for each direction, which it shares with other
// faults there. Its rules say bypass: with nobody to hold them, packets go on.
type queueFault struct {
	request networkRequest
	table   *table
	way     string
	parts   []queuePart
}

type queuePart struct {
	line  *sharedLine
	stage *nfqueue.Stage
}

func startQueue(t *table, request networkRequest, until time.Time) (fault, error) {
	q := &queueFault{request: request, table: t}
	for _, direction := range request.directions {
		line, err := t.lines.join(request.device, direction)
		if err != nil {
			return nil, errors.Join(err, q.leave())
		}
		q.parts = append(q.parts, queuePart{line, line.Add(request.filter, request.Impairment)})
		if request.Duplicate > 0 && !line.CanCopy() {
			return nil, errors.Join(fmt.Errorf("packets of %s cannot be doubled: it is not of the Ethernet kind", request.device), q.leave())
		}
	}
	var refused []error
	for _, way := range queueWays {
		var placements []placement
		for i, direction := range request.directions {
			m := mark{id: request.id, device: request.device, direction: direction, mechanism: mechanismQueue, until: until}
			action := way.build(q.parts[i].line.Number(), true)
			placements = append(placements, placement{m, stepChange, rulesOf(request.filter, direction, action)})
		}
		err := t.add(false, placements...)
		if err == nil {
			q.way = way.name
			return q, nil
		}
		refused = append(refused, fmt.Errorf("%s: %w", way.name, err))
	}
	return nil, errors.Join(append(refused, q.leave())...)
}

// leave takes the fault out of its queues, and closes those that it was the last in.
func (q *queueFault) leave() error {
	var problems []error
	for _, part := range q.parts {
		part.line.Remove(part.stage)
		problems = append(problems, q.table.lines.leave(part.line))
	}
	return errors.Join(problems...)
}

func (q *queueFault) readBack() readBack {
	counters := map[string]float64{}
	for _, part := range q.parts {
		counts, line := part.line.Counts(part.stage)
		for name, value := range map[string]uint64{
			"packets": counts.Packets, "delayed": counts.Delayed, "lost": counts.Lost, "duplicated": counts.Duplicated,
			"corrupted": counts.Corrupted, "atOnce": counts.AtOnce, "overLimit": counts.OverLimit,
			"held": uint64(line.Held), "dropped": line.Lost, "uncopied": line.Uncopied, "overruns": line.Overruns,
		} {
			counters[name] += float64(value)
		}
	}
	found, err := q.table.rulesOf(q.request.id, q.request.directions)
	if err != nil {
		return readBack{evidence: err.Error(), counters: counters}
	}
	var queues []string
	for _, part := range q.parts {
		state, err := part.line.State()
		if err != nil {
			return readBack{evidence: err.Error(), counters: counters}
		}
		counters["dropped"] += float64(state.Dropped)
		queues = append(queues, fmt.Sprintf("packet queue %d, bound by this agent (netlink port %d)", state.Number, state.Port))
	}
	if err := there(q.request.device); err != nil {
		return readBack{evidence: err.Error(), counters: counters}
	}
	return readBack{
		inEffect: true,
		evidence: fmt.Sprintf("%s sends packets by %s to %s, for a %s; %.0f came by, %.0f held now",
			found, q.way, strings.Join(queues, " and "), q.request, counters["packets"], counters["held"]),
		counters: counters,
	}
}

// revert takes the rules out first, so that nothing new comes, then lets go what is held.
func (q *queueFault) revert(reason string) (ending, error) {
	counters := q.readBack().counters
	if err := q.table.remove(q.request.id); err != nil {
		return ending{}, err
	}
	if err := q.leave(); err != nil {
		log.Printf("fault %s: held packets: %v", q.request.id, err)
	}
	delete(counters, "held")
	return ending{reason, counters}, q.table.release()
}

// there is an error when the interface is gone.
func there(device string) error {
	if _, err := net.InterfaceByName(device); err != nil {
		return fmt.Errorf("interface %s: %w", device, err)
	}
	return nil
}
