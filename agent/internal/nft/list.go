package nft

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/google/nftables/userdata"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
	"squall.dev/agent/internal/netfilter"
)

// Table is a table of the family inet as the kernel has it.
type Table struct {
	Name string
	// Owner is the netlink port of the socket that owns it; 0: none does.
	Owner uint32
}

// Rule is a rule as the kernel has it.
type Rule struct {
	Table   string
	Chain   string
	Handle  uint64
	Comment string
	// Packets is the sum of its counters.
	Packets uint64
}

const tableOwnerAttribute = 7 // NFTA_TABLE_OWNER

// Tables lists the tables of the family inet.
func (c *Conn) Tables() ([]Table, error) {
	messages, err := c.dump(unix.NFT_MSG_GETTABLE, nil)
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	tables := make([]Table, 0, len(messages))
	for _, data := range messages {
		var table Table
		err := decode(data, func(d *netlink.AttributeDecoder) {
			switch d.Type() {
			case unix.NFTA_TABLE_NAME:
				table.Name = d.String()
			case tableOwnerAttribute:
				table.Owner = d.Uint32()
			}
		})
		if err != nil {
			return nil, fmt.Errorf("list tables: %w", err)
		}
		tables = append(tables, table)
	}
	return tables, nil
}

// Rules lists the rules of a table.
func (c *Conn) Rules(table string) ([]Rule, error) {
	messages, err := c.dump(unix.NFT_MSG_GETRULE, []netlink.Attribute{{Type: unix.NFTA_RULE_TABLE, Data: text(table)}})
	if err != nil {
		return nil, fmt.Errorf("list rules of %s: %w", table, err)
	}
	rules := make([]Rule, 0, len(messages))
	for _, data := range messages {
		var rule Rule
		err := decode(data, func(d *netlink.AttributeDecoder) {
			switch d.Type() {
			case unix.NFTA_RULE_TABLE:
				rule.Table = d.String()
			case unix.NFTA_RULE_CHAIN:
				rule.Chain = d.String()
			case unix.NFTA_RULE_HANDLE:
				rule.Handle = d.Uint64()
			case unix.NFTA_RULE_USERDATA:
				rule.Comment, _ = userdata.GetString(d.Bytes(), userdata.TypeComment)
			case unix.NFTA_RULE_EXPRESSIONS:
				d.Nested(func(list *netlink.AttributeDecoder) error {
					rule.Packets = counted(list)
					return nil
				})
			}
		})
		if err != nil {
			return nil, fmt.Errorf("list rules of %s: %w", table, err)
		}
		// A kernel that knows no filter by table lists them all.
		if rule.Table == table {
			rules = append(rules, rule)
		}
	}
	return rules, nil
}

// counted sums the counters among a rule's expressions.
func counted(list *netlink.AttributeDecoder) uint64 {
	var packets uint64
	for list.Next() {
		list.Nested(func(expression *netlink.AttributeDecoder) error {
			var name string
			for expression.Next() {
				switch expression.Type() {
				case unix.NFTA_EXPR_NAME:
					name = expression.String()
				case unix.NFTA_EXPR_DATA:
					if name != "counter" {
						continue
					}
					expression.Nested(func(counter *netlink.AttributeDecoder) error {
						for counter.Next() {
							if counter.Type() == unix.NFTA_COUNTER_PACKETS {
								packets += counter.Uint64()
							}
						}
						return nil
					})
				}
			}
			return nil
		})
	}
	return packets
}

// dump asks anew when the kernel says that something changed while it told the list.
func (c *Conn) dump(kind int, attributes []netlink.Attribute) ([][]byte, error) {
	for range 100 {
		messages, interrupted, err := c.dumpOnce(kind, attributes)
		if err != nil || !interrupted {
			return messages, err
		}
	}
	return nil, errors.New("nf_tables changes without pause")
}

func (c *Conn) dumpOnce(kind int, attributes []netlink.Attribute) (messages [][]byte, interrupted bool, err error) {
	data, err := netlink.MarshalAttributes(attributes)
	if err != nil {
		return nil, false, err
	}
	request := netfilter.Message{
		Type:       messageType(kind),
		Flags:      unix.NLM_F_REQUEST | unix.NLM_F_DUMP,
		Family:     unix.NFPROTO_INET,
		Attributes: data,
	}
	if err := c.socket.Send(request.Append(nil)); err != nil {
		return nil, false, err
	}
	for {
		replies, err := c.receive()
		if err != nil {
			return nil, false, err
		}
		for _, reply := range replies {
			interrupted = interrupted || reply.Flags&unix.NLM_F_DUMP_INTR != 0
			switch {
			case reply.Err != nil:
				c.drain()
				return nil, false, reply.Err
			case reply.Type == unix.NLMSG_DONE:
				return messages, interrupted, nil
			case reply.Attributes != nil:
				messages = append(messages, bytes.Clone(reply.Attributes))
			}
		}
	}
}

func decode(data []byte, each func(*netlink.AttributeDecoder)) error {
	decoder, err := netlink.NewAttributeDecoder(data)
	if err != nil {
		return err
	}
	decoder.ByteOrder = binary.BigEndian
	for decoder.Next() {
		each(decoder)
	}
	return decoder.Err()
}
