package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/vishvananda/netlink"

	"squall.dev/agent/internal/nfqueue"
	"squall.dev/agent/internal/traffic"
)

// netemLimit is how many packets netem holds.
const netemLimit = 100_000

// qdiscFault has a qdisc of the kernel's, on an interface's way out.
type qdiscFault struct {
	request   networkRequest
	table     *table
	link      netlink.Link
	mechanism string
	// find reads the qdisc back; an error says what is not as it should be.
	find func() (netlink.Qdisc, error)
}

func netemLacks(request networkRequest) string {
	switch {
	case request.goes(traffic.Ingress):
		return "it is only for what leaves"
	case request.rateBits > 0:
		return "rate limits are for tbf, or for nfqueue with other impairments"
	}
	return ""
}

func tbfLacks(request networkRequest) string {
	switch {
	case request.goes(traffic.Ingress):
		return "it is only for what leaves"
	case request.rateBits == 0 || len(request.impairments()) > 1:
		return "it only limits the rate"
	}
	return ""
}

func startNetem(t *table, request networkRequest, until time.Time) (fault, error) {
	return startQdisc(t, request, until, mechanismNetem,
		func(index int) netlink.Qdisc { return wantedNetem(index, request) },
		func(link netlink.Link) (netlink.Qdisc, error) {
			found, err := findQdisc[*netlink.Netem](link, request.id)
			if err != nil {
				return nil, err
			}
			wanted := wantedNetem(link.Attrs().Index, request)
			if it, expected := netemSettings(found), netemSettings(wanted); it != expected {
				return nil, fmt.Errorf("netem on %s: found %+v, expected %+v", request.device, it, expected)
			}
			return found, nil
		})
}

func startTbf(t *table, request networkRequest, until time.Time) (fault, error) {
	return startQdisc(t, request, until, mechanismTbf,
		func(index int) netlink.Qdisc { return wantedTbf(index, request) },
		func(link netlink.Link) (netlink.Qdisc, error) {
			found, err := findQdisc[*netlink.Tbf](link, request.id)
			if err != nil {
				return nil, err
			}
			wanted := wantedTbf(link.Attrs().Index, request)
			if found.Rate != wanted.Rate || found.Limit != wanted.Limit || found.Buffer != wanted.Buffer {
				return nil, fmt.Errorf("tbf on %s: found %v, expected %v", request.device, found, wanted)
			}
			return found, nil
		})
}

func startQdisc(t *table, request networkRequest, until time.Time, mechanism string,
	wanted func(index int) netlink.Qdisc, find func(netlink.Link) (netlink.Qdisc, error),
) (fault, error) {
	link, err := netlink.LinkByName(request.device)
	if err != nil {
		return nil, fmt.Errorf("interface %s: %w", request.device, err)
	}
	if err := clearRoot(link); err != nil {
		return nil, err
	}
	if err := addQdiscs(link, wanted(link.Attrs().Index)); err != nil {
		return nil, err
	}
	m := mark{id: request.id, device: request.device, direction: traffic.Egress, mechanism: mechanism, until: until}
	into := placement{m, stepClass, rulesOf(request.filter, traffic.Egress, intoClass(classHandle)...)}
	if err := t.add(true, into); err != nil {
		return nil, errors.Join(fmt.Errorf("rule into %s: %w", mechanism, err), deleteRoot(link))
	}
	t.lines.classify(request.device, &nfqueue.Class{Filter: request.filter, Priority: classHandle})
	return &qdiscFault{request, t, link, mechanism, func() (netlink.Qdisc, error) { return find(link) }}, nil
}

// wantedNetem has its times in ticks, as the kernel tells them.
func wantedNetem(index int, r networkRequest) *netlink.Netem {
	correlation := float32(r.Correlation)
	attributes := netlink.NetemQdiscAttrs{
		Latency: uint32(r.Delay.Microseconds()), Jitter: uint32(r.Jitter.Microseconds()), DelayCorr: correlation,
		Loss: float32(r.Loss), LossCorr: correlation,
		Duplicate: float32(r.Duplicate), DuplicateCorr: correlation,
		CorruptProb: float32(r.Corrupt), Limit: netemLimit,
	}
	if r.Corrupt > 0 {
		attributes.CorruptCorr = correlation
	}
	if r.AtOnce > 0 {
		attributes.ReorderProb, attributes.ReorderCorr, attributes.Gap = float32(r.AtOnce), correlation, uint32(r.Gap)
	}
	return netlink.NewNetem(faultAttributes(index, r.id), attributes)
}

// netemSettings are what a netem is told, without what it says of itself.
func netemSettings(n *netlink.Netem) netlink.Netem {
	settings := *n
	settings.QdiscAttrs = netlink.QdiscAttrs{}
	return settings
}

func wantedTbf(index int, r networkRequest) *netlink.Tbf {
	rate := uint64(r.BytesPerSecond)
	return &netlink.Tbf{
		QdiscAttrs: faultAttributes(index, r.id),
		Rate:       rate, Limit: uint32(r.Queue), Buffer: netlink.Xmittime(rate, uint32(r.Burst)),
	}
}

func (q *qdiscFault) readBack() readBack {
	counters := map[string]float64{}
	found, err := q.table.rulesOf(q.request.id, q.request.directions)
	if err != nil {
		return readBack{evidence: err.Error(), counters: counters}
	}
	counters["packets"] = float64(found.matched)
	qdisc, err := q.find()
	if err != nil {
		return readBack{evidence: err.Error(), counters: counters}
	}
	attributes := qdisc.Attrs()
	if statistics := attributes.Statistics; statistics != nil && statistics.Basic != nil && statistics.Queue != nil {
		// A qdisc counts what it has let go on, and what it has dropped, not why.
		counters["delayed"] = float64(statistics.Basic.Packets)
		counters["dropped"] = float64(statistics.Queue.Drops)
		counters["held"] = float64(statistics.Queue.Qlen)
	}
	return readBack{
		inEffect: true,
		evidence: fmt.Sprintf("%s sends %s to class %s, where %s %s is, for a %s; %d matched",
			found, q.request.way(), netlink.HandleStr(attributes.Parent), qdisc.Type(), netlink.HandleStr(attributes.Handle), q.request, found.matched),
		counters: counters,
	}
}

// revert takes the rule out, and the qdiscs with what they hold, as `tc qdisc del` does.
func (q *qdiscFault) revert(reason string) (ending, error) {
	counters := q.readBack().counters
	if err := q.table.remove(q.request.id); err != nil {
		return ending{}, err
	}
	q.table.lines.classify(q.request.device, nil)
	if err := deleteRoot(q.link); err != nil {
		return ending{}, err
	}
	delete(counters, "held")
	return ending{reason, counters}, q.table.release()
}
