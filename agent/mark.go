package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"squall.dev/agent/internal/nft"
	"squall.dev/agent/internal/traffic"
)

const tablePrefix = "squall_"

// mark is the comment on a fault's rule, by which anybody, `nft list ruleset` too, sees whose it is.
type mark struct {
	id, device, mechanism string
	direction             traffic.Direction // "" is Egress
	until                 time.Time
}

// The words by which nftables names the interface, for what comes in and for what leaves.
const (
	wordIngress = "iif"
	wordEgress  = "oif"
)

var markPattern = regexp.MustCompile(`^squall id=([a-z0-9-]+) (oif|iif)=(\S+) until=(\d+) by=(\w+)$`)

func (m mark) String() string {
	word := wordEgress
	if m.direction == traffic.Ingress {
		word = wordIngress
	}
	return fmt.Sprintf("squall id=%s %s=%s until=%d by=%s", m.id, word, m.device, m.until.UnixMilli(), m.mechanism)
}

func parseMark(comment string) (mark, bool) {
	found := markPattern.FindStringSubmatch(comment)
	if found == nil {
		return mark{}, false
	}
	until, err := strconv.ParseInt(found[4], 10, 64)
	if err != nil {
		return mark{}, false
	}
	direction := traffic.Egress
	if found[2] == wordIngress {
		direction = traffic.Ingress
	}
	return mark{id: found[1], direction: direction, device: found[3], until: time.UnixMilli(until), mechanism: found[5]}, true
}

// markedRule is a rule of squall's in the kernel, whoever made it: one that sends packets into a fault's own chain.
type markedRule struct {
	mark mark
	rule nft.Rule
	// matched is how many packets the fault's filter chose there, before another fault's did.
	matched uint64
	// owner is the netlink port of the socket the table lives with; 0: it lives until somebody removes it.
	owner uint32
}

// chainOf is the name of a fault's own chain, for one direction.
func chainOf(id string, direction traffic.Direction) string { return string(direction) + "-" + id }

func (m markedRule) chain() string { return chainOf(m.mark.id, m.mark.direction) }

// markedRules reads all of squall's rules in this network namespace.
func markedRules(conn *nft.Conn) ([]markedRule, error) {
	tables, err := conn.Tables()
	if err != nil {
		return nil, err
	}
	var found []markedRule
	for _, table := range tables {
		if !strings.HasPrefix(table.Name, tablePrefix) {
			continue
		}
		rules, err := conn.Rules(table.Name)
		if err != nil {
			return nil, err
		}
		counted := map[string]uint64{}
		for _, rule := range rules {
			counted[rule.Chain] += rule.Packets
		}
		for _, rule := range rules {
			if m, ok := parseMark(rule.Comment); ok {
				found = append(found, markedRule{mark: m, rule: rule, matched: counted[chainOf(m.id, m.direction)], owner: table.Owner})
			}
		}
	}
	return found, nil
}
