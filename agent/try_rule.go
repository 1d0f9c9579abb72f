package main

import (
	"net/netip"

	"github.com/google/nftables/expr"

	"squall.dev/agent/internal/nft"
	"squall.dev/agent/internal/traffic"
)

// tryRules has the kernel accept rules where no packet comes by, and removes them again.
func tryRules(owned bool, rules ...[]expr.Any) error {
	const chain = "trial"
	conn, err := nft.Dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	name := tablePrefix + randomHex()
	changes := []nft.Change{nft.AddTable(name, owned), nft.AddUnhookedChain(name, chain)}
	for _, expressions := range rules {
		rule, err := nft.AddRule(name, chain, "squall trial", expressions...)
		if err != nil {
			return err
		}
		changes = append(changes, rule)
	}
	if err := conn.Commit(changes...); err != nil {
		return err
	}
	return conn.Commit(nft.DeleteTable(name))
}

func tryRule(owned bool, expressions ...expr.Any) error { return tryRules(owned, expressions) }

// tryAction has an action accepted behind all that a filter may consist of.
func tryAction(owned bool, action ...expr.Any) error {
	prefixes := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")}
	ports := []traffic.Ports{{First: 1, Last: 2}}
	f := traffic.Filter{Protocol: "any", Remotes: prefixes, ExceptRemotes: prefixes, Ports: ports, ExceptPorts: ports, LocalPorts: ports}
	return tryRules(owned, rulesOf(f, traffic.Egress, action...)...)
}
