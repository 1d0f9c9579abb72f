package nft

import (
	"encoding/binary"
	"fmt"

	"github.com/google/nftables/expr"
	"github.com/google/nftables/userdata"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
	"squall.dev/agent/internal/netfilter"
)

// Change is one step of a Commit.
type Change struct {
	what    string
	message netfilter.Message
}

// ownerFlag is NFT_TABLE_F_OWNER, of Linux 5.12.
const ownerFlag = 0x2

// AddTable makes a table of the family inet. When owned, no other socket can change it, and the kernel removes
// it when the socket that made it is closed, however its process ended.
func AddTable(name string, owned bool) Change {
	flags := uint32(0)
	if owned {
		flags = ownerFlag
	}
	return change("add table "+name, unix.NFT_MSG_NEWTABLE, unix.NLM_F_CREATE|unix.NLM_F_EXCL, []netlink.Attribute{
		{Type: unix.NFTA_TABLE_NAME, Data: text(name)},
		{Type: unix.NFTA_TABLE_FLAGS, Data: be32(flags)},
	})
}

// DeleteTable removes a table and all in it.
func DeleteTable(name string) Change {
	return change("delete table "+name, unix.NFT_MSG_DELTABLE, 0, []netlink.Attribute{
		{Type: unix.NFTA_TABLE_NAME, Data: text(name)},
	})
}

// AddUnhookedChain makes a chain that packets come by only when a rule sends them there.
func AddUnhookedChain(table, name string) Change {
	return change("add chain "+name, unix.NFT_MSG_NEWCHAIN, unix.NLM_F_CREATE, []netlink.Attribute{
		{Type: unix.NFTA_CHAIN_TABLE, Data: text(table)},
		{Type: unix.NFTA_CHAIN_NAME, Data: text(name)},
	})
}

// DeleteChain removes a chain that no rule sends packets to any more, with its rules.
func DeleteChain(table, name string) []Change {
	named := []netlink.Attribute{{Type: unix.NFTA_CHAIN_TABLE, Data: text(table)}, {Type: unix.NFTA_CHAIN_NAME, Data: text(name)}}
	return []Change{
		change("delete the rules of chain "+name, unix.NFT_MSG_DELRULE, 0, []netlink.Attribute{
			{Type: unix.NFTA_RULE_TABLE, Data: text(table)},
			{Type: unix.NFTA_RULE_CHAIN, Data: text(name)},
		}),
		change("delete chain "+name, unix.NFT_MSG_DELCHAIN, 0, named),
	}
}

// AddRule appends a rule with a comment, of at most 127 bytes, that `nft list ruleset` shows; "": with none.
func AddRule(table, chain, comment string, expressions ...expr.Any) (Change, error) {
	if len(comment) > 127 {
		return Change{}, fmt.Errorf("comment of a rule: found %d bytes, expected at most 127", len(comment))
	}
	var list []netlink.Attribute
	for _, expression := range expressions {
		data, err := expr.Marshal(unix.NFPROTO_INET, expression)
		if err != nil {
			return Change{}, fmt.Errorf("encode %T: %w", expression, err)
		}
		list = append(list, netlink.Attribute{Type: unix.NFTA_LIST_ELEM | unix.NLA_F_NESTED, Data: data})
	}
	encoded, err := netlink.MarshalAttributes(list)
	if err != nil {
		return Change{}, fmt.Errorf("encode a rule: %w", err)
	}
	attributes := []netlink.Attribute{
		{Type: unix.NFTA_RULE_TABLE, Data: text(table)},
		{Type: unix.NFTA_RULE_CHAIN, Data: text(chain)},
		{Type: unix.NFTA_RULE_EXPRESSIONS | unix.NLA_F_NESTED, Data: encoded},
	}
	if comment != "" {
		attributes = append(attributes, netlink.Attribute{
			Type: unix.NFTA_RULE_USERDATA, Data: userdata.AppendString(nil, userdata.TypeComment, comment),
		})
	}
	return change("add rule", unix.NFT_MSG_NEWRULE, unix.NLM_F_CREATE|unix.NLM_F_APPEND, attributes), nil
}

// DeleteRule removes one rule.
func DeleteRule(rule Rule) Change {
	return change("delete rule", unix.NFT_MSG_DELRULE, 0, []netlink.Attribute{
		{Type: unix.NFTA_RULE_TABLE, Data: text(rule.Table)},
		{Type: unix.NFTA_RULE_CHAIN, Data: text(rule.Chain)},
		{Type: unix.NFTA_RULE_HANDLE, Data: be64(rule.Handle)},
	})
}

func change(what string, kind int, flags uint16, attributes []netlink.Attribute) Change {
	data, err := netlink.MarshalAttributes(attributes)
	if err != nil {
		panic(err) // only an attribute of more than 64 KiB can fail to encode
	}
	return Change{what: what, message: netfilter.Message{
		Type:       messageType(kind),
		Flags:      unix.NLM_F_REQUEST | unix.NLM_F_ACK | flags,
		Family:     unix.NFPROTO_INET,
		Attributes: data,
	}}
}

func text(s string) []byte { return append([]byte(s), 0) }

func be32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }

func be64(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v) }
