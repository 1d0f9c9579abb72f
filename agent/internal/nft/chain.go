package nft

import (
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Hook is where a base chain sees packets, and when.
type Hook struct {
	// Kind is "filter" or "nat".
	Kind string
	// Number is unix.NF_INET_PRE_ROUTING and its like.
	Number int
	// Priority: chains with a lower one come first.
	Priority int32
}

// AddChain makes a chain at a hook.
func AddChain(table, name string, at Hook) Change {
	hook, err := netlink.MarshalAttributes([]netlink.Attribute{
		{Type: unix.NFTA_HOOK_HOOKNUM, Data: be32(uint32(at.Number))},
		{Type: unix.NFTA_HOOK_PRIORITY, Data: be32(uint32(at.Priority))},
	})
	if err != nil {
		panic(err)
	}
	return change("add "+at.Kind+" chain "+name, unix.NFT_MSG_NEWCHAIN, unix.NLM_F_CREATE, []netlink.Attribute{
		{Type: unix.NFTA_CHAIN_TABLE, Data: text(table)},
		{Type: unix.NFTA_CHAIN_NAME, Data: text(name)},
		{Type: unix.NFTA_CHAIN_HOOK | unix.NLA_F_NESTED, Data: hook},
		{Type: unix.NFTA_CHAIN_TYPE, Data: text(at.Kind)},
	})
}
