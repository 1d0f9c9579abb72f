package main

import (
	"errors"
	"fmt"
	"log"
	"net"
	"time"

	"squall.dev/agent/internal/nfqueue"
)

const letGoLimit = time.Second

// queueDelay delays by a packet queue in this process. Its rule says bypass: with nobody to hold them, packets go on.
type queueDelay struct {
	request delayRequest
	table   *table
	way     string
	queue   *nfqueue.Delay
}

func startQueueDelay(t *table, request delayRequest, until time.Time) (fault, error) {
	queue, err := nfqueue.Start(request.device, request.delay, request.jitter)
	if err != nil {
		return nil, err
	}
	m := mark{id: request.id, device: request.device, mechanism: "nfqueue", until: until}
	var refused []error
	for _, way := range queueWays {
		err := t.add(m, false, append(leaving(request.device), way.build(queue.Number())))
		if err == nil {
			return &queueDelay{request: request, table: t, way: way.name, queue: queue}, nil
		}
		refused = append(refused, fmt.Errorf("%s: %w", way.name, err))
	}
	return nil, errors.Join(append(refused, queue.Close())...)
}

func (q *queueDelay) readBack() readBack {
	counts := q.queue.Counts()
	counters := map[string]float64{
		"packets": float64(counts.Received), "delayed": float64(counts.Released), "held": float64(counts.Held),
		"dropped": float64(counts.Lost), "overruns": float64(counts.Overruns),
	}
	found, err := q.table.rule(q.request.id)
	if err != nil {
		return readBack{evidence: err.Error(), counters: counters}
	}
	counters["packets"] = float64(found.rule.Packets)
	state, err := q.queue.State()
	if err != nil {
		return readBack{evidence: err.Error(), counters: counters}
	}
	counters["dropped"] += float64(state.Dropped)
	if _, err := net.InterfaceByName(q.request.device); err != nil {
		return readBack{evidence: fmt.Sprintf("interface %s: %v", q.request.device, err), counters: counters}
	}
	return readBack{
		inEffect: true,
		evidence: fmt.Sprintf("table inet %s (%s) sends what leaves %s by %s to packet queue %d, bound by this agent (netlink port %d), which holds each packet %v ± %v; %d matched, %d held now",
			found.rule.Table, ownerText(found.owner), q.request.device, q.way, state.Number, state.Port, q.request.delay, q.request.jitter, found.rule.Packets, counts.Held),
		counters: counters,
	}
}

// revert takes the rule out first, so that nothing new comes, then lets go what is held, then unbinds.
func (q *queueDelay) revert(reason string) (ending, error) {
	counters := q.readBack().counters
	if err := q.table.remove(q.request.id); err != nil {
		return ending{}, err
	}
	if err := q.queue.LetGo(letGoLimit); err != nil {
		log.Printf("fault %s: held packets: %v", q.request.id, err)
	}
	if err := q.queue.Close(); err != nil {
		log.Printf("fault %s: close its queue: %v", q.request.id, err)
	}
	delete(counters, "held")
	return ending{reason, counters}, q.table.release()
}

func ownerText(port uint32) string {
	if port == 0 {
		return "owned by nobody"
	}
	return fmt.Sprintf("owned by netlink port %d", port)
}
