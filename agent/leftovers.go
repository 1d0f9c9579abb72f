package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vishvananda/netlink"
	"squall.dev/agent/internal/nft"
)

// Leftover is something of squall's in the kernel that no fault of this agent accounts for.
type Leftover struct {
	// ID is "" for a qdisc whose fault is not known any more.
	ID        string `json:"id"`
	Interface string `json:"interface,omitempty"`
	Mechanism string `json:"mechanism"`
	// Until is the fault's deadline in ms since the epoch, 0 when not known.
	Until int64  `json:"until"`
	Where string `json:"where"`
	// Owner is the netlink port of the live agent it belongs to; 0: none.
	Owner uint32 `json:"owner"`

	rule   *markedRule
	link   netlink.Link
	handle uint32
}

// findLeftovers reads the kernel. Those of the ids given are left out.
func findLeftovers(conn *nft.Conn, live map[string]bool) ([]Leftover, error) {
	found := []Leftover{}
	rules, err := markedRules(conn)
	if err != nil {
		return nil, err
	}
	claimed := map[string]bool{}
	for _, m := range rules {
		if byQdisc(m.mark.mechanism) {
			claimed[m.mark.device] = true
		}
		if live[m.mark.id] {
			continue
		}
		found = append(found, Leftover{
			ID: m.mark.id, Interface: m.mark.device, Mechanism: m.mark.mechanism, Until: m.mark.until.UnixMilli(),
			Where: fmt.Sprintf("a rule in table inet %s, %s", m.rule.Table, ownerText(m.owner)), Owner: m.owner, rule: &m,
		})
	}
	qdiscs, err := orphanQdiscs(claimed)
	return append(found, qdiscs...), err
}

// orphanQdiscs are squall's on interfaces that no rule sends into them: they delay nothing.
func orphanQdiscs(claimed map[string]bool) ([]Leftover, error) {
	links, err := netlink.LinkList()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	var found []Leftover
	for _, link := range links {
		name := link.Attrs().Name
		root, err := rootQdisc(link)
		if err != nil {
			return nil, err
		}
		if claimed[name] || !ownRoot(root) {
			continue
		}
		mechanism, handle := faultQdisc(link)
		found = append(found, Leftover{
			Interface: name, Mechanism: mechanism, link: link, handle: handle,
			Where: fmt.Sprintf("root qdisc %s of %s, through which nothing is sent", netlink.HandleStr(root.Attrs().Handle), name),
		})
	}
	return found, nil
}

// faultQdisc is the kind and handle of the qdisc a fault had; netem and 0 when that is gone.
func faultQdisc(link netlink.Link) (string, uint32) {
	qdiscs, err := netlink.QdiscList(link)
	if err != nil {
		return mechanismNetem, 0
	}
	for _, qdisc := range qdiscs {
		if qdisc.Attrs().Parent == classHandle {
			return qdisc.Type(), qdisc.Attrs().Handle
		}
	}
	return mechanismNetem, 0
}

// of tells whether a leftover is that fault's. A qdisc has only a hash of its id.
func (l Leftover) of(id string) bool {
	return l.ID == id || l.link != nil && l.handle == netlink.MakeHandle(faultMajor(id), 0)
}

// remove takes it out of the kernel. What a live agent owns can only be removed through that agent.
func (l Leftover) remove(conn *nft.Conn) error {
	if l.link != nil {
		return deleteRoot(l.link)
	}
	if l.Owner != 0 {
		return fmt.Errorf("%s belongs to another agent that runs: stop it there", l.Where)
	}
	if err := conn.Commit(l.rule.removal()...); err != nil {
		return err
	}
	rules, err := conn.Rules(l.rule.rule.Table)
	if err != nil || len(rules) > 0 {
		return err
	}
	return conn.Commit(nft.DeleteTable(l.rule.rule.Table))
}

// trace is what the kernel still has of a fault that this agent does not hold.
type trace struct {
	leftovers []Leftover
	processes []int
}

func findTrace(id string) (trace, error) {
	processes, err := stressProcesses(id)
	if err != nil {
		return trace{}, err
	}
	found := trace{processes: processes}
	conn, err := nft.Dial()
	if err != nil {
		return found, err
	}
	defer conn.Close()
	all, err := findLeftovers(conn, nil)
	if notPermitted(err) {
		// An agent that may not see network faults cannot have made one either.
		return found, nil
	}
	for _, leftover := range all {
		if leftover.of(id) {
			found.leftovers = append(found.leftovers, leftover)
		}
	}
	return found, err
}

func (t trace) readBack() readBack {
	var there []string
	inEffect := len(t.processes) > 0
	for _, leftover := range t.leftovers {
		there = append(there, leftover.Where)
		inEffect = inEffect || leftover.link == nil
	}
	for _, pid := range t.processes {
		there = append(there, fmt.Sprintf("stress process %d", pid))
	}
	if len(there) == 0 {
		return readBack{evidence: "no rule, qdisc or process of it is to be found"}
	}
	return readBack{inEffect: inEffect, evidence: strings.Join(there, "; ")}
}

func (t trace) remove() error {
	var problems []error
	for _, pid := range t.processes {
		problems = append(problems, endProcess(pid))
	}
	if len(t.leftovers) > 0 {
		conn, err := nft.Dial()
		if err != nil {
			return errors.Join(append(problems, err)...)
		}
		defer conn.Close()
		for _, leftover := range t.leftovers {
			problems = append(problems, leftover.remove(conn))
		}
	}
	return errors.Join(problems...)
}
