// Package conntrack asks the kernel where redirected packets were meant to go, and has it forget flows.
package conntrack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"sync"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
	"squall.dev/agent/internal/netfilter"
)

// Of linux/netfilter/nfnetlink_conntrack.h.
const (
	messageGet    = 1
	messageDelete = 2

	attributeOriginal = 1
	attributeReply    = 2

	tupleAddresses = 1
	tupleProtocol  = 2

	source4      = 1
	destination4 = 2
	source6      = 3
	destination6 = 4

	protocolNumber  = 1
	sourcePort      = 2
	destinationPort = 3
)

// Tuple is one direction of a flow.
type Tuple struct {
	// Protocol is unix.IPPROTO_UDP or unix.IPPROTO_TCP, or of a kind that has no ports.
	Protocol byte
	From, To netip.AddrPort
}

// Flow is a flow as the kernel has it: how it began, and how its answers come.
type Flow struct {
	Original, Reply Tuple
}

// Table is the table of flows of a network namespace. It may be used by many at once.
type Table struct {
	mutex  sync.Mutex
	socket *netfilter.Socket
	buffer []byte
}

// Open opens the table of the calling thread's network namespace, and sees that the kernel tells it.
func Open() (*Table, error) {
	socket, err := netfilter.Open()
	if err != nil {
		return nil, err
	}
	t := &Table{socket: socket, buffer: make([]byte, 64<<10)}
	nowhere := netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
	if _, err := t.OfReply(Tuple{unix.IPPROTO_UDP, nowhere, nowhere}); err != nil && !errors.Is(err, unix.ENOENT) {
		return nil, errors.Join(fmt.Errorf("ask for a tracked flow: %w", err), socket.Close())
	}
	return t, nil
}

// Close closes the socket.
func (t *Table) Close() error { return t.socket.Close() }

// OfReply finds the flow that is answered so; unix.ENOENT: there is none.
func (t *Table) OfReply(reply Tuple) (Flow, error) {
	flows, err := t.ask(netfilter.Message{
		Type: messageType(messageGet), Flags: unix.NLM_F_REQUEST, Family: family(reply),
		Attributes: encode(attributeReply, reply),
	})
	if err != nil {
		return Flow{}, err
	}
	if len(flows) != 1 {
		return Flow{}, fmt.Errorf("tracked flow: found %d, expected one", len(flows))
	}
	return flows[0], nil
}

// Flows lists them all.
func (t *Table) Flows() ([]Flow, error) {
	return t.ask(netfilter.Message{Type: messageType(messageGet), Flags: unix.NLM_F_REQUEST | unix.NLM_F_DUMP})
}

// Forget has the kernel forget a flow: its next packet begins a new one. One that is gone already is no error.
func (t *Table) Forget(flow Flow) error {
	_, err := t.ask(netfilter.Message{
		Type: messageType(messageDelete), Flags: unix.NLM_F_REQUEST | unix.NLM_F_ACK, Family: family(flow.Original),
		Attributes: encode(attributeOriginal, flow.Original),
	})
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}

// ForgetAll forgets the flows that match, and tells how many there were.
func (t *Table) ForgetAll(matches func(Flow) bool) (int, error) {
	flows, err := t.Flows()
	count := 0
	for _, flow := range flows {
		if matches(flow) {
			err = errors.Join(err, t.Forget(flow))
			count++
		}
	}
	return count, err
}

// ask sends a request, and reads its answers: one, or for a list as many datagrams as it takes.
func (t *Table) ask(request netfilter.Message) ([]Flow, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if err := t.socket.Send(request.Append(nil)); err != nil {
		return nil, err
	}
	listing := request.Flags&unix.NLM_F_DUMP == unix.NLM_F_DUMP
	var flows []Flow
	for {
		n, err := t.socket.Receive(t.buffer)
		if err != nil {
			return flows, err
		}
		replies, err := netfilter.Parse(t.buffer[:n])
		if err != nil {
			return flows, err
		}
		for _, reply := range replies {
			switch {
			case reply.Err != nil:
				return flows, reply.Err
			case reply.Type == unix.NLMSG_DONE:
				return flows, nil
			case reply.Attributes != nil:
				flow, err := decodeFlow(reply.Attributes)
				if err != nil {
					return flows, err
				}
				flows = append(flows, flow)
			}
		}
		if !listing {
			return flows, nil
		}
	}
}

func messageType(kind int) uint16 { return uint16(unix.NFNL_SUBSYS_CTNETLINK<<8 | kind) }

func family(t Tuple) byte {
	if t.From.Addr().Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

func encode(direction uint16, t Tuple) []byte {
	from, to := uint16(source6), uint16(destination6)
	if t.From.Addr().Is4() {
		from, to = source4, destination4
	}
	addresses := attributes(
		netlink.Attribute{Type: from, Data: t.From.Addr().AsSlice()},
		netlink.Attribute{Type: to, Data: t.To.Addr().AsSlice()},
	)
	protocol := attributes(
		netlink.Attribute{Type: protocolNumber, Data: []byte{t.Protocol}},
		netlink.Attribute{Type: sourcePort, Data: binary.BigEndian.AppendUint16(nil, t.From.Port())},
		netlink.Attribute{Type: destinationPort, Data: binary.BigEndian.AppendUint16(nil, t.To.Port())},
	)
	tuple := attributes(
		netlink.Attribute{Type: tupleAddresses | unix.NLA_F_NESTED, Data: addresses},
		netlink.Attribute{Type: tupleProtocol | unix.NLA_F_NESTED, Data: protocol},
	)
	return attributes(netlink.Attribute{Type: direction | unix.NLA_F_NESTED, Data: tuple})
}

func attributes(list ...netlink.Attribute) []byte {
	data, err := netlink.MarshalAttributes(list)
	if err != nil {
		panic(err) // only an attribute of more than 64 KiB can fail to encode
	}
	return data
}

func decodeFlow(data []byte) (Flow, error) {
	var flow Flow
	decoder, err := netlink.NewAttributeDecoder(data)
	if err != nil {
		return flow, err
	}
	decoder.ByteOrder = binary.BigEndian
	for decoder.Next() {
		switch decoder.Type() {
		case attributeOriginal:
			decoder.Nested(func(d *netlink.AttributeDecoder) error { return decodeTuple(d, &flow.Original) })
		case attributeReply:
			decoder.Nested(func(d *netlink.AttributeDecoder) error { return decodeTuple(d, &flow.Reply) })
		}
	}
	return flow, decoder.Err()
}

func decodeTuple(decoder *netlink.AttributeDecoder, t *Tuple) error {
	var from, to netip.Addr
	var fromPort, toPort uint16
	for decoder.Next() {
		switch decoder.Type() {
		case tupleAddresses:
			decoder.Nested(func(d *netlink.AttributeDecoder) error {
				for d.Next() {
					address, _ := netip.AddrFromSlice(d.Bytes())
					switch d.Type() {
					case source4, source6:
						from = address
					case destination4, destination6:
						to = address
					}
				}
				return nil
			})
		case tupleProtocol:
			decoder.Nested(func(d *netlink.AttributeDecoder) error {
				for d.Next() {
					switch d.Type() {
					case protocolNumber:
						t.Protocol = d.Uint8()
					case sourcePort:
						fromPort = d.Uint16()
					case destinationPort:
						toPort = d.Uint16()
					}
				}
				return nil
			})
		}
	}
	t.From, t.To = netip.AddrPortFrom(from, fromPort), netip.AddrPortFrom(to, toPort)
	return nil
}
