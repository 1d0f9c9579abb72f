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
)

const chainName = "egress"

// table is the agent's one nftables table, there while a fault needs it, with a rule for each fault.
//
// It is one for all, and goes last: when a hook is removed, the kernel drops every packet that waits in a
// queue of the network namespace, so the end of one fault must not remove a hook while another holds packets.
type table struct {
	mutex sync.Mutex
	conn  *nft.Conn // nil: there is none now
	name  string
	owned bool
	rules int
}

// add puts a rule in. Where the kernel can tie the table to this process it is; unless mustBeOwned, it need not.
func (t *table) add(m mark, mustBeOwned bool, expressions []expr.Any) error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.conn != nil {
		if mustBeOwned && !t.owned {
			return errNotOwned
		}
		rule, err := nft.AddRule(t.name, chainName, m.String(), expressions...)
		if err != nil {
			return err
		}
		if err := t.conn.Commit(rule); err != nil {
			return err
		}
		t.rules++
		return nil
	}
	err := t.create(true, m, expressions)
	// A kernel older than the flag says EOPNOTSUPP to it, or EINVAL.
	if err != nil && !mustBeOwned && (errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EINVAL)) {
		err = t.create(false, m, expressions)
	}
	return err
}

var errNotOwned = errors.New("this kernel cannot tie an nftables table to its process, so the delay could outlive the agent")

func (t *table) create(owned bool, m mark, expressions []expr.Any) error {
	conn, err := nft.Dial()
	if err != nil {
		return err
	}
	name := tablePrefix + randomHex()
	rule, err := nft.AddRule(name, chainName, m.String(), expressions...)
	if err == nil {
		err = conn.Commit(nft.AddTable(name, owned), nft.AddPostroutingChain(name, chainName), rule)
	}
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	t.conn, t.name, t.owned, t.rules = conn, name, owned, 1
	return nil
}

// remove takes a fault's rule out; the table stays until release.
func (t *table) remove(id string) error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.conn == nil {
		return nil
	}
	found, err := t.find(id)
	if err != nil || found == nil {
		return err
	}
	return t.conn.Commit(nft.DeleteRule(found.rule))
}

// release gives up a fault's claim on the table, which goes with the last.
func (t *table) release() error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.rules--; t.rules > 0 || t.conn == nil {
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

// rule reads a fault's rule back; an error says what is missing.
func (t *table) rule(id string) (*markedRule, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.conn == nil {
		return nil, errors.New("there is no nftables table of this agent")
	}
	found, err := t.find(id)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, fmt.Errorf("table inet %s has no rule of fault %s", t.name, id)
	}
	return found, nil
}

func (t *table) find(id string) (*markedRule, error) {
	all, err := markedRules(t.conn)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if m.rule.Table == t.name && m.mark.id == id {
			return &m, nil
		}
	}
	return nil, nil
}

func randomHex() string {
	data := make([]byte, 4)
	rand.Read(data)
	return hex.EncodeToString(data)
}
