package main

import (
	"github.com/google/nftables/expr"
	"squall.dev/agent/internal/nft"
)

// tryRule has the kernel accept a rule where no packet comes by, and removes it again.
func tryRule(owned bool, expressions ...expr.Any) error {
	conn, err := nft.Dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	name := tablePrefix + randomHex()
	rule, err := nft.AddRule(name, chainName, "squall trial", expressions...)
	if err != nil {
		return err
	}
	if err := conn.Commit(nft.AddTable(name, owned), nft.AddUnhookedChain(name, chainName), rule); err != nil {
		return err
	}
	return conn.Commit(nft.DeleteTable(name))
}
