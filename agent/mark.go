package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"squall.dev/agent/internal/nft"
)

const tablePrefix = "squall_"

// mark is the comment on a fault's rule, by which anybody, `nft list ruleset` too, sees whose it is.
type mark struct {
	id, device, mechanism string
	until                 time.Time
}

var markPattern = regexp.MustCompile(`^squall id=([a-z0-9-]+) if=(\S+) until=(\d+) by=(\w+)$`)

func (m mark) String() string {
	return fmt.Sprintf("squall id=%s if=%s until=%d by=%s", m.id, m.device, m.until.UnixMilli(), m.mechanism)
}

func parseMark(comment string) (mark, bool) {
	found := markPattern.FindStringSubmatch(comment)
	if found == nil {
		return mark{}, false
	}
	until, err := strconv.ParseInt(found[3], 10, 64)
	if err != nil {
		return mark{}, false
	}
	return mark{id: found[1], device: found[2], until: time.UnixMilli(until), mechanism: found[4]}, true
}

// markedRule is a rule of squall's in the kernel, whoever made it.
type markedRule struct {
	mark mark
	rule nft.Rule
	// owner is the netlink port of the socket the table lives with; 0: it lives until somebody removes it.
	owner uint32
}

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
		for _, rule := range rules {
			if m, ok := parseMark(rule.Comment); ok {
				found = append(found, markedRule{mark: m, rule: rule, owner: table.Owner})
			}
		}
	}
	return found, nil
}
