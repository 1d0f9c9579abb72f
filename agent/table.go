package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"squall.dev/agent/internal/nft"
	"squall.dev/agent/internal/traffic"
)

// table is the agent's one nftables table, there while a fault needs it: for each fault and direction a chain with its
// filter, and a rule that leads there; and the queues that rules lead to.
//
// It is one for all, and goes last: when a hook is removed, the kernel drops every packet that waits in a
// queue of the network namespace, so the end of one fault must not remove a hook while another holds packets.
type table struct {
	mutex sync.Mutex
	conn  *nft.Conn // nil: there is none now
	name  string
	owned bool
	// claims is how many faults need it
	claims int

	// requests are those of this agent's faults that hold
	requests []networkRequest
	lines    lines
}

// Packets are seen as they are on the wire: before connection tracking and address translation when they come in,
// after both when they leave.
const (
	asItArrives = -310
	asItLeaves  = 300
)

// step is which of the chains of a direction a rule goes to.
type step int32

const (
	// stepDrop comes first: what is dropped there no other fault sees.
	stepDrop step = iota
	// stepClass is where a packet is told which class of a qdisc it is for; it keeps that through a queue.
	stepClass
	stepChange
)

func (s step) chain(direction traffic.Direction) (string, nft.Hook) {
	// never the name of a fault's chain, which ends in its id
	name := fmt.Sprintf("%s/%d", direction, s)
	if direction == traffic.Ingress {
		return name, nft.Hook{Kind: "filter", Number: unix.NF_INET_PRE_ROUTING, Priority: asItArrives + int32(s)}
	}
	return name, nft.Hook{Kind: "filter", Number: unix.NF_INET_POST_ROUTING, Priority: asItLeaves + int32(s)}
}

// placement is a fault's rules for one direction.
type placement struct {
	mark  mark
	step  step
	rules [][]expr.Any
}

// add puts a fault's rules in, all of them or none. Where the kernel can tie the table to this process it is; unless
// mustBeOwned, it need not.
func (t *table) add(mustBeOwned bool, placements ...placement) error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.conn != nil {
		if mustBeOwned && !t.owned {
			return errNotOwned
		}
		changes, err := changesFor(t.name, placements)
		if err != nil {
			return err
		}
		if err := t.conn.Commit(changes...); err != nil {
			return err
		}
		t.claims++
		return nil
	}
	err := t.create(true, placements)
	// A kernel older than the flag says EOPNOTSUPP to it, or EINVAL.
	if err != nil && !mustBeOwned && (errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EINVAL)) {
		err = t.create(false, placements)
	}
	return err
}

var errNotOwned = errors.New("this kernel cannot tie an nftables table to its process, so the fault could outlive the agent")

func (t *table) create(owned bool, placements []placement) error {
	conn, err := nft.Dial()
	if err != nil {
		return err
	}
	name := tablePrefix + randomHex()
	changes, err := changesFor(name, placements)
	if err == nil {
		err = conn.Commit(append([]nft.Change{nft.AddTable(name, owned)}, changes...)...)
	}
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	t.conn, t.name, t.owned, t.claims = conn, name, owned, 1
	return nil
}

// changesFor puts in a fault's own chains, then the rules that lead there.
func changesFor(table string, placements []placement) ([]nft.Change, error) {
	var changes []nft.Change
	for _, p := range placements {
		hooked, hook := p.step.chain(p.mark.direction)
		own := chainOf(p.mark.id, p.mark.direction)
		changes = append(changes, nft.AddChain(table, hooked, hook), nft.AddUnhookedChain(table, own))
		for _, expressions := range p.rules {
			rule, err := nft.AddRule(table, own, "", expressions...)
			if err != nil {
				return nil, err
			}
			changes = append(changes, rule)
		}
		leading := append(passing(p.mark.device, p.mark.direction), &expr.Verdict{Kind: expr.VerdictJump, Chain: own})
		rule, err := nft.AddRule(table, hooked, p.mark.String(), leading...)
		if err != nil {
			return nil, err
		}
		changes = append(changes, rule)
	}
	return changes, nil
}

// removal takes a fault's rule out, with the chain it leads to.
func (m markedRule) removal() []nft.Change {
	return append([]nft.Change{nft.DeleteRule(m.rule)}, nft.DeleteChain(m.rule.Table, m.chain())...)
}

// remove takes a fault's rules out; the table stays until release.
func (t *table) remove(id string) error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.conn == nil {
		return nil
	}
	found, err := t.find(id)
	if err != nil || len(found) == 0 {
		return err
	}
	var changes []nft.Change
	for _, m := range found {
		changes = append(changes, m.removal()...)
	}
	return t.conn.Commit(changes...)
}

// release gives up a fault's claim on the table, which goes with the last.
func (t *table) release() error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.claims--; t.claims > 0 || t.conn == nil {
		return nil
	}
	var err error
	if !t.owned {
		err = t.conn.Commit(nft.DeleteTable(t.name))
	}
	// An owned table goes with its socket.
	err = errors.Join(err, t.conn.Close())
	t.conn = nil
	return err
}

// rulesOf reads a fault's rules back; an error says what is missing.
func (t *table) rulesOf(id string, directions []traffic.Direction) (placed, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.conn == nil {
		return placed{}, errors.New("there is no nftables table of this agent")
	}
	found, err := t.find(id)
	if err != nil {
		return placed{}, err
	}
	all := placed{table: t.name}
	for _, direction := range directions {
		there := false
		for _, m := range found {
			if m.mark.direction == direction {
				there, all.owner = true, m.owner
				all.matched += m.matched
			}
		}
		if !there {
			return placed{}, fmt.Errorf("table inet %s has no rule of fault %s for %s", t.name, id, direction)
		}
	}
	return all, nil
}

// placed is a fault's rules as they were read back.
type placed struct {
	table   string
	owner   uint32
	matched uint64
}

func (p placed) String() string {
	return fmt.Sprintf("table inet %s (%s)", p.table, ownerText(p.owner))
}

func ownerText(port uint32) string {
	if port == 0 {
		return "owned by nobody"
	}
	return fmt.Sprintf("owned by netlink port %d", port)
}

func (t *table) find(id string) ([]markedRule, error) {
	all, err := markedRules(t.conn)
	if err != nil {
		return nil, err
	}
	var found []markedRule
	for _, m := range all {
		if m.rule.Table == t.name && m.mark.id == id {
			found = append(found, m)
		}
	}
	return found, nil
}

func randomHex() string {
	data := make([]byte, 4)
	rand.Read(data)
	return hex.EncodeToString(data)
}
