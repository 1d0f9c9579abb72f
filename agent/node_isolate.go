package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"squall.dev/agent/internal/nfqueue"
	"squall.dev/agent/internal/nft"
	"squall.dev/agent/internal/traffic"
)

const kindNodeIsolate = "node-isolate"

// isolation loses what goes between a node and others, where this agent is in the node's network namespace: all that
// passes the interfaces by which the node is reached, or what goes to and from some addresses. What goes on within
// the node, between its pods too, is left alone, and so is the agent's own control port.
type isolation struct {
	request isolationRequest
	way     dropWay
	devices []string

	mutex sync.Mutex // of conn
	conn  *nft.Conn
	table string
	rules int
}

type isolationRequest struct {
	everything bool
	// addresses of the node, by which its interfaces to the outside are found
	nodeAddresses []netip.Addr
	// cidrs are what is cut off when not everything is
	cidrs, exceptCidrs []netip.Prefix
}

// readNodeIsolate reads `scope` (everything or addresses), `nodeAddresses` for the first, `cidrs` for the second, and
// `exceptCidrs`.
func readNodeIsolate(in *input) (begin, error) {
	request := isolationRequest{
		everything:    in.choice("scope", "everything", "addresses") == "everything",
		nodeAddresses: readList(in, "nodeAddresses", parseAddress),
		cidrs:         readList(in, "cidrs", parsePrefix),
		exceptCidrs:   readList(in, "exceptCidrs", parsePrefix),
	}
	switch {
	case in.err != nil:
	case request.everything && len(request.nodeAddresses) == 0:
		in.wrong("nodeAddresses", "an address of the node, by which its interface to the outside is known")
	case request.everything && len(request.cidrs) > 0:
		in.wrong("cidrs", "none with the scope everything")
	case !request.everything && len(request.cidrs) == 0:
		in.wrong("cidrs", "an address or a block to cut off")
	}
	if in.err != nil {
		return nil, in.err
	}
	return func(a *agent, id string, until time.Time) (started, error) {
		if err := a.needControl(); err != nil {
			return started{}, err
		}
		f, err := isolate(request, a.controlPort, id, until)
		if err != nil {
			return started{}, err
		}
		return started{fault: f, mechanism: mechanismDrop}, nil
	}, nil
}

func parseAddress(word string) (netip.Addr, string) {
	address, err := netip.ParseAddr(word)
	if err != nil || address.Zone() != "" {
		return netip.Addr{}, "an IP address"
	}
	return address.Unmap(), ""
}

func isolate(request isolationRequest, control uint16, id string, until time.Time) (*isolation, error) {
	f := &isolation{request: request, table: tablePrefix + "node_" + randomHex()}
	if request.everything {
		var err error
		if f.devices, err = uplinks(request.nodeAddresses); err != nil {
			return nil, err
		}
	}
	var refused []error
	for _, way := range dropWays() {
		if way.queued {
			if err := nfqueue.Unbound(nfqueue.NobodysNumber); err != nil {
				refused = append(refused, err)
				continue
			}
		}
		f.way = way
		err := f.put(control, fmt.Sprintf("squall isolates the node id=%s until=%d", id, until.UnixMilli()))
		if err == nil {
			return f, nil
		}
		refused = append(refused, fmt.Errorf("%s: %w", way.name, err))
	}
	return nil, refuse("unsupported", "the node cannot be cut off: "+oneLine(errors.Join(refused...)))
}

// put makes a table that the kernel removes when this process ends, all of it or nothing.
func (f *isolation) put(control uint16, comment string) error {
	conn, err := nft.Dial()
	if err != nil {
		return err
	}
	changes := []nft.Change{nft.AddTable(f.table, true)}
	f.rules = 0
	for _, direction := range []traffic.Direction{traffic.Ingress, traffic.Egress} {
		chain, hook := stepDrop.chain(direction)
		changes = append(changes, nft.AddChain(f.table, chain, hook))
		for _, expressions := range f.rulesFor(direction, control) {
			rule, err := nft.AddRule(f.table, chain, comment, expressions...)
			if err != nil {
				return errors.Join(err, conn.Close())
			}
			changes = append(changes, rule)
			f.rules++
		}
	}
	if err := conn.Commit(changes...); err != nil {
		return errors.Join(err, conn.Close())
	}
	f.conn = conn
	return nil
}

// rulesFor has what is spared return, before the rules that drop.
func (f *isolation) rulesFor(direction traffic.Direction, control uint16) [][]expr.Any {
	side := sides[direction]
	action := f.way.action
	if direction == traffic.Ingress {
		action = verdictDrop // nobody here has sent it
	}
	rules := [][]expr.Any{
		returning(passing("lo", direction)),
		returning(neighbourDiscovery),
		returning(protocolIs(unix.IPPROTO_TCP), portsIn(side.localPort, traffic.Ports{First: control, Last: control})),
	}
	for _, prefix := range f.request.exceptCidrs {
		rules = append(rules, returning(side.address(prefix)))
	}
	for _, device := range f.devices {
		rules = append(rules, append(passing(device, direction), &expr.Counter{}, action))
	}
	for _, prefix := range f.request.cidrs {
		rules = append(rules, append(side.address(prefix), &expr.Counter{}, action))
	}
	return rules
}

// uplinks are the interfaces that have the node's addresses, and those of default routes.
func uplinks(addresses []netip.Addr) ([]string, error) {
	var found []string
	add := func(index int) error {
		link, err := netlink.LinkByIndex(index)
		if err != nil {
			return fmt.Errorf("interface %d: %w", index, err)
		}
		if name := link.Attrs().Name; name != "lo" && !slices.Contains(found, name) {
			found = append(found, name)
		}
		return nil
	}
	held, err := netlink.AddrList(nil, netlink.FAMILY_ALL)
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	for _, address := range addresses {
		at := slices.IndexFunc(held, func(h netlink.Addr) bool { return h.IP.Equal(net.IP(address.AsSlice())) })
		if at < 0 {
			return nil, invalid("nodeAddresses", address.String(), "an address of the node whose network this agent is in")
		}
		if err := add(held[at].LinkIndex); err != nil {
			return nil, err
		}
	}
	routes, err := netlink.RouteList(nil, netlink.FAMILY_ALL)
	if err != nil {
		return nil, fmt.Errorf("list routes: %w", err)
	}
	for _, route := range routes {
		everywhere := route.Dst == nil || route.Dst.IP.IsUnspecified()
		if !everywhere || route.Type != unix.RTN_UNICAST {
			continue
		}
		for _, hop := range append(route.MultiPath, &netlink.NexthopInfo{LinkIndex: route.LinkIndex}) {
			if hop.LinkIndex == 0 {
				continue
			}
			if err := add(hop.LinkIndex); err != nil {
				return nil, err
			}
		}
	}
	if len(found) == 0 {
		return nil, refuse("unsupported", "the node has no interface to the outside, only lo")
	}
	return found, nil
}

func (f *isolation) what() string {
	if f.request.everything {
		return "what passes " + strings.Join(f.devices, ", ")
	}
	var list []string
	for _, prefix := range f.request.cidrs {
		list = append(list, prefix.String())
	}
	return "what goes to and from " + strings.Join(list, ", ")
}

func (f *isolation) readBack() readBack {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.conn == nil {
		return readBack{evidence: "its table is gone"}
	}
	rules, err := f.conn.Rules(f.table)
	if err != nil {
		return readBack{inEffect: true, evidence: "whether its rules are there cannot be read: " + oneLine(err)}
	}
	lost := uint64(0)
	for _, rule := range rules {
		lost += rule.Packets
	}
	back := readBack{counters: map[string]float64{"packets": float64(lost), "lost": float64(lost)}}
	if len(rules) != f.rules {
		back.evidence = fmt.Sprintf("table inet %s: found %d rules, expected %d", f.table, len(rules), f.rules)
		return back
	}
	if f.way.queued {
		if err := nfqueue.Unbound(nfqueue.NobodysNumber); err != nil {
			back.evidence = oneLine(err)
			return back
		}
	}
	back.inEffect = true
	back.evidence = fmt.Sprintf("table inet %s (%s) drops %s; %d packets lost", f.table, ownerText(f.conn.Port()), f.what(), lost)
	return back
}

func (f *isolation) revert(reason string) (ending, error) {
	counters := f.readBack().counters
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.conn == nil {
		return ending{reason, counters}, nil
	}
	// The table goes with its socket.
	err := f.conn.Close()
	f.conn = nil
	return ending{reason, counters}, err
}

// aftermath looks for the table.
func (f *isolation) aftermath() readBack {
	unreadable := func(err error) readBack {
		return readBack{inEffect: true, evidence: "whether its table is there cannot be read: " + oneLine(err)}
	}
	conn, err := nft.Dial()
	if err != nil {
		return unreadable(err)
	}
	defer conn.Close()
	tables, err := conn.Tables()
	if err != nil {
		return unreadable(err)
	}
	if slices.ContainsFunc(tables, func(t nft.Table) bool { return t.Name == f.table }) {
		return readBack{inEffect: true, evidence: fmt.Sprintf("table inet %s is there still", f.table)}
	}
	return readBack{evidence: fmt.Sprintf("table inet %s is gone", f.table)}
}
