package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"squall.dev/agent/internal/nft"
)

// foreignRules puts somebody else's table into a network namespace, and gives what can be read of it.
func foreignRules(t *testing.T, space netns.NsHandle) string {
	t.Helper()
	in(t, space, func() (struct{}, error) {
		conn, err := nft.Dial()
		if err != nil {
			return struct{}{}, err
		}
		defer conn.Close()
		rule, err := nft.AddRule("mine", "out", "not of squall", &expr.Counter{})
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, conn.Commit(nft.AddTable("mine", false),
			nft.AddChain("mine", "out", nft.Hook{Kind: "filter", Number: unix.NF_INET_POST_ROUTING, Priority: 300}), rule)
	})
	return foreignRulesNow(t, space)
}

func foreignRulesNow(t *testing.T, space netns.NsHandle) string {
	t.Helper()
	return in(t, space, func() (string, error) {
		conn, err := nft.Dial()
		if err != nil {
			return "", err
		}
		defer conn.Close()
		tables, err := conn.Tables()
		if err != nil {
			return "", err
		}
		text := fmt.Sprintln(tables)
		for _, table := range tables {
			rules, err := conn.Rules(table.Name)
			if err != nil {
				return "", err
			}
			for _, rule := range rules {
				text += fmt.Sprintln(rule.Table, rule.Chain, rule.Handle, rule.Comment)
			}
		}
		return text, nil
	})
}

func rootKinds(t *testing.T, space netns.NsHandle) string {
	t.Helper()
	return in(t, space, func() (string, error) {
		links, err := netlink.LinkList()
		if err != nil {
			return "", err
		}
		var kinds []string
		for _, link := range links {
			qdiscs, err := netlink.QdiscList(link)
			if err != nil {
				return "", err
			}
			for _, qdisc := range qdiscs {
				kinds = append(kinds, fmt.Sprintf("%s %s %s", link.Attrs().Name, qdisc.Type(), netlink.HandleStr(qdisc.Attrs().Handle)))
			}
		}
		return strings.Join(kinds, ", "), nil
	})
}
