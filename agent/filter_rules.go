package main

import (
	"encoding/binary"
	"net/netip"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"squall.dev/agent/internal/traffic"
)

// maxRules is how many rules a filter may need; a packet goes through all of them at worst.
const maxRules = 512

// rulesOf says a filter as rules of nf_tables, for a chain of its own: packets it does not choose return from there,
// those it does are counted and come to the action. With each address a rule for each port.
func rulesOf(f traffic.Filter, direction traffic.Direction, action ...expr.Any) [][]expr.Any {
	side := sides[direction]
	rules := [][]expr.Any{returning(neighbourDiscovery)}
	for _, prefix := range f.ExceptRemotes {
		rules = append(rules, returning(side.address(prefix)))
	}
	for _, ports := range f.ExceptPorts {
		for _, protocol := range portProtocols("any") {
			rules = append(rules, returning(protocolIs(protocol), portsIn(side.remotePort, ports)))
		}
	}
	for _, protocol := range protocolChoices(f) {
		for _, prefix := range choices(f.Remotes) {
			for _, remote := range choices(f.Ports) {
				for _, local := range choices(f.LocalPorts) {
					var rule []expr.Any
					if protocol != nil {
						rule = append(rule, protocolIs(*protocol)...)
					}
					if prefix != nil {
						rule = append(rule, side.address(*prefix)...)
					}
					if remote != nil {
						rule = append(rule, portsIn(side.remotePort, *remote)...)
					}
					if local != nil {
						rule = append(rule, portsIn(side.localPort, *local)...)
					}
					rules = append(rules, append(append(rule, &expr.Counter{}), action...))
				}
			}
		}
	}
	return rules
}

// choices are the items of a list, or nil, once, for an empty one: anything.
func choices[T any](list []T) []*T {
	if len(list) == 0 {
		return []*T{nil}
	}
	result := make([]*T, 0, len(list))
	for i := range list {
		result = append(result, &list[i])
	}
	return result
}

func protocolChoices(f traffic.Filter) []*byte {
	if len(f.Ports) > 0 || len(f.LocalPorts) > 0 {
		return choices(portProtocols(f.Protocol))
	}
	return choices(traffic.Protocols[f.Protocol])
}

// portProtocols are those with ports, of the ones a name stands for.
func portProtocols(name string) []byte {
	if numbers := traffic.Protocols[name]; len(numbers) > 0 {
		return numbers
	}
	return []byte{unix.IPPROTO_TCP, unix.IPPROTO_UDP}
}

func returning(matches ...[]expr.Any) []expr.Any {
	var rule []expr.Any
	for _, match := range matches {
		rule = append(rule, match...)
	}
	return append(rule, &expr.Verdict{Kind: expr.VerdictReturn})
}

// neighbourDiscovery is for IPv6 what ARP, which no rule here sees either, is for IPv4: faults leave it alone.
var neighbourDiscovery = append(protocolIs(unix.IPPROTO_ICMPV6),
	&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 0, Len: 1},
	&expr.Range{Op: expr.CmpOpEq, Register: 1, FromData: []byte{133}, ToData: []byte{137}},
)

func protocolIs(number byte) []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{number}},
	}
}

// headerSide is where in a packet's headers the other side's address and port are, and the own port.
type headerSide struct {
	address4, address6    uint32
	remotePort, localPort uint32
}

var sides = map[traffic.Direction]headerSide{
	traffic.Egress:  {address4: 16, address6: 24, remotePort: 2, localPort: 0},
	traffic.Ingress: {address4: 12, address6: 8, remotePort: 0, localPort: 2},
}

func (s headerSide) address(prefix netip.Prefix) []expr.Any {
	family, offset := byte(unix.NFPROTO_IPV4), s.address4
	if prefix.Addr().Is6() {
		family, offset = unix.NFPROTO_IPV6, s.address6
	}
	network := prefix.Masked().Addr().AsSlice()
	mask := make([]byte, len(network))
	for bit := range prefix.Bits() {
		mask[bit/8] |= 0x80 >> (bit % 8)
	}
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{family}},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: uint32(len(network))},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: uint32(len(network)), Mask: mask, Xor: make([]byte, len(network))},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: network},
	}
}

func portsIn(offset uint32, ports traffic.Ports) []expr.Any {
	return []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: offset, Len: 2},
		&expr.Range{
			Op: expr.CmpOpEq, Register: 1,
			FromData: binary.BigEndian.AppendUint16(nil, ports.First), ToData: binary.BigEndian.AppendUint16(nil, ports.Last),
		},
	}
}
