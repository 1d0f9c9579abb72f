package main

import (
	"errors"
	"fmt"
	"log"
	"slices"
	"sync"
	"time"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
	"squall.dev/agent/internal/conntrack"
	"squall.dev/agent/internal/nft"
)

const (
	byRedirect = "redirect"
	// keepChain has no hook. As long as a rule in it redirects, the kernel tracks connections.
	keepChain = "keep"
)

// redirects is the netlink socket that owns the agent's tables of redirections.
//
// It is opened when the agent starts, before any connection: when a process is killed, the kernel closes what was opened
// first last. So connections through a proxy are closed while their redirect is still there, and their clients are told.
type redirects struct {
	// others is where faults that hold packets have their rules.
	others *table

	mutex sync.Mutex
	conn  *nft.Conn
	err   error // why there is none

	web webPorts
}

func openRedirects(others *table) *redirects {
	conn, err := nft.Dial()
	return &redirects{others: others, conn: conn, err: err, web: webPorts{byPort: map[int]*webPort{}}}
}

// port is the socket's netlink port, by which the kernel names the owner of a table; never 0.
func (o *redirects) port() uint32 {
	if o.err != nil {
		return noPort
	}
	return o.conn.Port()
}

// noPort is no socket's.
const noPort = 1<<32 - 1

// commit has the kernel carry out changes to its tables.
func (o *redirects) commit(changes ...nft.Change) error {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.err != nil {
		return o.err
	}
	return o.conn.Commit(changes...)
}

func (o *redirects) rulesOf(table string) ([]nft.Rule, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.err != nil {
		return nil, o.err
	}
	return o.conn.Rules(table)
}

// redirection is the nftables table of one fault that has connections go to a proxy in the agent. The kernel
// removes it when the agent ends.
type redirection struct {
	owner *redirects
	mark  mark
	name  string
	rules int
}

// redirectChain is one of its chains, with the rules in it.
type redirectChain struct {
	name  string
	at    nft.Hook
	rules [][]expr.Any
}

func (o *redirects) open(m mark, chains ...redirectChain) (*redirection, error) {
	name := tablePrefix + randomHex()
	keep, err := nft.AddRule(name, keepChain, "squall keeps connections tracked", redirectTo(1)...)
	if err != nil {
		return nil, err
	}
	changes := []nft.Change{nft.AddTable(name, true), nft.AddUnhookedChain(name, keepChain), keep}
	for _, chain := range chains {
		changes = append(changes, nft.AddChain(name, chain.name, chain.at))
	}
	return o.add(name, m, changes, chains)
}

// join adds another fault to the same table, with rules in the same chains.
func (r *redirection) join(m mark, chains ...redirectChain) (*redirection, error) {
	return r.owner.add(r.name, m, nil, chains)
}

func (o *redirects) add(table string, m mark, changes []nft.Change, chains []redirectChain) (*redirection, error) {
	r := &redirection{owner: o, mark: m, name: table}
	for _, chain := range chains {
		for _, expressions := range chain.rules {
			rule, err := nft.AddRule(table, chain.name, m.String(), expressions...)
			if err != nil {
				return nil, err
			}
			changes = append(changes, rule)
			r.rules++
		}
	}
	if err := o.commit(changes...); err != nil {
		return nil, err
	}
	return r, nil
}

// own reads the fault's rules.
func (r *redirection) own() ([]nft.Rule, error) {
	rules, err := r.owner.rulesOf(r.name)
	return slices.DeleteFunc(rules, func(rule nft.Rule) bool { return rule.Comment != r.mark.String() }), err
}

// read reads the rules back: the packets of each chain. An error says what is missing.
func (r *redirection) read() (map[string]uint64, error) {
	rules, err := r.own()
	if err != nil {
		return nil, err
	}
	packets := map[string]uint64{}
	for _, rule := range rules {
		packets[rule.Chain] += rule.Packets
	}
	if len(rules) != r.rules {
		return packets, fmt.Errorf("table inet %s: found %d rules of fault %s, expected %d", r.name, len(rules), r.mark.id, r.rules)
	}
	return packets, nil
}

// lift takes the rules out. The hooks stay, and the tracking of connections: without them, what is redirected
// already would arrive nowhere.
func (r *redirection) lift() error {
	rules, err := r.own()
	if err != nil || len(rules) == 0 {
		return err
	}
	var changes []nft.Change
	for _, rule := range rules {
		changes = append(changes, nft.DeleteRule(rule))
	}
	return r.owner.commit(changes...)
}

// close removes the hooks, with the table, which has no other fault then. The kernel drops what waits in packet queues when it removes a hook:
// so not while another fault holds packets. Without rules they do nothing.
func (r *redirection) close() error {
	remove := func() error { return r.owner.commit(nft.DeleteTable(r.name)) }
	if !r.owner.others.inUse() {
		return remove()
	}
	go func() {
		for r.owner.others.inUse() {
			time.Sleep(100 * time.Millisecond)
		}
		if err := remove(); err != nil {
			log.Printf("table inet %s, without rules: %v", r.name, err)
		}
	}()
	return nil
}

func (t *table) inUse() bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.conn != nil
}

// refuseRedirectConflict looks for a fault that has the same connections redirected, of this agent or any other, but
// for those whose table belongs to a netlink port.
func refuseRedirectConflict(device, what string, but uint32) error {
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
		if found.mark.device == device && found.owner != but {
			return &Refusal{
				Code:          "conflict",
				Message:       fmt.Sprintf("fault %s has %s already, in table inet %s (%s)", found.mark.id, what, found.rule.Table, ownerText(found.owner)),
				ConflictsWith: found.mark.id,
			}
		}
	}
	return nil
}

// redirectTo sends a connection to a port of this host.
func redirectTo(port int) []expr.Any {
	return []expr.Any{
		&expr.Counter{},
		&expr.Immediate{Register: 1, Data: bigEndian16(port)},
		&expr.Redir{RegisterProtoMin: 1},
	}
}

func resetConnection() []expr.Any {
	return []expr.Any{&expr.Counter{}, &expr.Reject{Type: unix.NFT_REJECT_TCP_RST}}
}

func bigEndian16(n int) []byte { return []byte{byte(n >> 8), byte(n)} }

// onFamily matches IPv4 only, unless IPv6 is taken too.
func onFamily(six bool) []expr.Any {
	if six {
		return nil
	}
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{unix.NFPROTO_IPV4}},
	}
}

// onProtocol matches a transport protocol and the port it is for.
func onProtocol(protocol byte, port int) []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{protocol}},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: bigEndian16(port)},
	}
}

// notLoopback matches what comes in by, or leaves by, anything but lo.
func notLoopback(key expr.MetaKey) []expr.Any {
	name := make([]byte, unix.IFNAMSIZ)
	copy(name, "lo")
	return []expr.Any{&expr.Meta{Key: key, Register: 1}, &expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: name}}
}

// notReset matches TCP packets but resets: those have to arrive, so that both ends know.
func notReset() []expr.Any {
	const flagsOffset, reset = 13, 0x04
	return []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: flagsOffset, Len: 1},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 1, Mask: []byte{reset}, Xor: []byte{0}},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{0}},
	}
}

func concat(parts ...[]expr.Any) []expr.Any {
	var all []expr.Any
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

// redirectAbilities are found out once: with a trial's end, the kernel may drop what waits in packet queues.
var redirectAbilities = sync.OnceValues(func() (redirect, dns Ability) {
	if err := errors.Join(tryRule(true, redirectTo(1)...), tryRule(true, resetConnection()...)); err != nil {
		redirect = Ability{Reason: "no rule that redirects and goes with the agent is accepted: " + oneLine(err)}
		return redirect, redirect
	}
	redirect = Ability{Usable: true, Reason: "by rules that redirect, in a table that goes with the agent"}
	flows, err := conntrack.Open()
	if err != nil {
		return redirect, Ability{Reason: "the kernel does not tell where a redirected packet was meant to go: " + oneLine(err)}
	}
	flows.Close()
	return redirect, redirect
})

func tryRedirect() Ability {
	redirect, _ := redirectAbilities()
	return redirect
}

func tryRedirectOfDNS() Ability {
	_, dns := redirectAbilities()
	return dns
}
