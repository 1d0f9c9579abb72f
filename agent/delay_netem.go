package main

import (
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// The qdisc netem lives on by itself; so nothing is sent through it but by a rule in a table that dies with
// the agent. The root is a prio qdisc whose priority map knows the first three bands only, as the default
// qdisc has them; the fourth holds netem, and is reached by packets of its class alone, which the rule sets.
const (
	prioMajor  = 0x5ca1
	netemBand  = 4
	netemLimit = 100_000
)

// netemMajor is the handle of a fault's netem, by which one left behind is told from others.
func netemMajor(id string) uint16 {
	hash := fnv.New32a()
	hash.Write([]byte(id))
	return 0x4000 + uint16(hash.Sum32()%0x1000)
}

type netemDelay struct {
	request delayRequest
	table   *table
	link    netlink.Link
}

func startNetemDelay(t *table, request delayRequest, until time.Time) (fault, error) {
	link, err := netlink.LinkByName(request.device)
	if err != nil {
		return nil, fmt.Errorf("interface %s: %w", request.device, err)
	}
	if err := clearRoot(link); err != nil {
		return nil, err
	}
	if err := addNetem(link, request); err != nil {
		return nil, err
	}
	m := mark{id: request.id, device: request.device, mechanism: "netem", until: until}
	class := netlink.MakeHandle(prioMajor, netemBand)
	if err := t.add(m, true, append(leaving(request.device), intoBand(class)...)); err != nil {
		return nil, errors.Join(fmt.Errorf("rule into netem: %w", err), deleteRoot(link))
	}
	return &netemDelay{request: request, table: t, link: link}, nil
}

// clearRoot makes sure that the root qdisc is the kernel's default, which comes back when ours is deleted.
// One of squall's that nobody claims any more delays nothing, and is removed.
func clearRoot(link netlink.Link) error {
	root, err := rootQdisc(link)
	if err != nil || root == nil || root.Attrs().Handle == 0 {
		return err
	}
	if root.Attrs().Handle == netlink.MakeHandle(prioMajor, 0) {
		return deleteRoot(link)
	}
	return fmt.Errorf("interface %s has a root qdisc of its own, %s %s, which netem would replace",
		link.Attrs().Name, root.Type(), netlink.HandleStr(root.Attrs().Handle))
}

func rootQdisc(link netlink.Link) (netlink.Qdisc, error) {
	qdiscs, err := netlink.QdiscList(link)
	if err != nil {
		return nil, fmt.Errorf("list the qdiscs of %s: %w", link.Attrs().Name, err)
	}
	for _, qdisc := range qdiscs {
		if qdisc.Attrs().Parent == netlink.HANDLE_ROOT {
			return qdisc, nil
		}
	}
	return nil, nil
}

func addNetem(link netlink.Link, request delayRequest) error {
	index := link.Attrs().Index
	prio := netlink.NewPrio(netlink.QdiscAttrs{
		LinkIndex: index, Handle: netlink.MakeHandle(prioMajor, 0), Parent: netlink.HANDLE_ROOT,
	})
	prio.Bands = netemBand
	if err := addQdisc(prio); err != nil {
		return err
	}
	if err := addQdisc(wantedNetem(index, request)); err != nil {
		return errors.Join(err, deleteRoot(link))
	}
	return nil
}

func addQdisc(qdisc netlink.Qdisc) error {
	err := netlink.QdiscAdd(qdisc)
	if errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("this kernel has no qdisc %s (%w)", qdisc.Type(), err)
	}
	if err != nil {
		return fmt.Errorf("add qdisc %s: %w", qdisc.Type(), err)
	}
	return nil
}

// wantedNetem has its times in ticks, as the kernel tells them.
func wantedNetem(index int, request delayRequest) *netlink.Netem {
	return netlink.NewNetem(
		netlink.QdiscAttrs{
			LinkIndex: index,
			Handle:    netlink.MakeHandle(netemMajor(request.id), 0),
			Parent:    netlink.MakeHandle(prioMajor, netemBand),
		},
		netlink.NetemQdiscAttrs{
			Latency: uint32(request.delay.Microseconds()),
			Jitter:  uint32(request.jitter.Microseconds()),
			Limit:   netemLimit,
		},
	)
}

// deleteRoot removes squall's qdiscs; the kernel puts its default back.
func deleteRoot(link netlink.Link) error {
	root, err := rootQdisc(link)
	if err != nil || root == nil || root.Attrs().Handle != netlink.MakeHandle(prioMajor, 0) {
		return err
	}
	if err := netlink.QdiscDel(root); err != nil {
		return fmt.Errorf("delete the root qdisc of %s: %w", link.Attrs().Name, err)
	}
	return nil
}

func (n *netemDelay) readBack() readBack {
	counters := map[string]float64{}
	found, err := n.table.rule(n.request.id)
	if err != nil {
		return readBack{evidence: err.Error(), counters: counters}
	}
	counters["packets"] = float64(found.rule.Packets)
	netem, err := findNetem(n.link, n.request)
	if err != nil {
		return readBack{evidence: err.Error(), counters: counters}
	}
	if statistics := netem.Statistics; statistics != nil && statistics.Basic != nil && statistics.Queue != nil {
		counters["delayed"] = float64(statistics.Basic.Packets)
		counters["dropped"] = float64(statistics.Queue.Drops)
		counters["held"] = float64(statistics.Queue.Qlen)
	}
	return readBack{
		inEffect: true,
		evidence: fmt.Sprintf("table inet %s (%s) sends what leaves %s to class %s, where netem %s delays it by %v ± %v; %d matched",
			found.rule.Table, ownerText(found.owner), n.request.device, netlink.HandleStr(netem.Parent), netlink.HandleStr(netem.Handle),
			n.request.delay, n.request.jitter, found.rule.Packets),
		counters: counters,
	}
}

// findNetem reads the fault's qdiscs back; an error says what is not as it should be.
func findNetem(link netlink.Link, request delayRequest) (*netlink.Netem, error) {
	root, err := rootQdisc(link)
	if err != nil {
		return nil, err
	}
	prio, ok := root.(*netlink.Prio)
	if !ok || prio.Handle != netlink.MakeHandle(prioMajor, 0) || prio.Bands != netemBand {
		return nil, fmt.Errorf("the root qdisc of %s is not squall's", request.device)
	}
	qdiscs, err := netlink.QdiscList(link)
	if err != nil {
		return nil, err
	}
	wanted := wantedNetem(link.Attrs().Index, request)
	for _, qdisc := range qdiscs {
		netem, ok := qdisc.(*netlink.Netem)
		if !ok || netem.Parent != wanted.Parent || netem.Handle != wanted.Handle {
			continue
		}
		if netem.Latency != wanted.Latency || netem.Jitter != wanted.Jitter {
			return nil, fmt.Errorf("netem on %s: found delay %d and jitter %d ticks, expected %d and %d",
				request.device, netem.Latency, netem.Jitter, wanted.Latency, wanted.Jitter)
		}
		return netem, nil
	}
	return nil, fmt.Errorf("%s has no netem qdisc of fault %s", request.device, request.id)
}

// revert takes the rule out, and the qdiscs with what netem holds, as `tc qdisc del` does.
func (n *netemDelay) revert(reason string) (ending, error) {
	counters := n.readBack().counters
	if err := n.table.remove(n.request.id); err != nil {
		return ending{}, err
	}
	if err := deleteRoot(n.link); err != nil {
		return ending{}, err
	}
	delete(counters, "held")
	return ending{reason, counters}, n.table.release()
}
