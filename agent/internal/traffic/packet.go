// Package traffic tells packets from one another: what an IP packet says of itself, and filters over that.
package traffic

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Packet is what an IP packet's headers say.
type Packet struct {
	Source, Destination netip.Addr
	// Protocol is that of the transport header, behind any IPv6 extension headers.
	Protocol byte
	// SourcePort and DestinationPort are there when HasPorts is.
	SourcePort, DestinationPort uint16
	HasPorts                    bool
	// Transport is where the transport header begins, Payload where what it carries does; both within the packet.
	Transport, Payload int
	// Established: a TCP packet that does not open a connection.
	Established bool
}

const (
	protocolHopByHop    = 0
	protocolICMP        = 1
	protocolTCP         = 6
	protocolUDP         = 17
	protocolRouting     = 43
	protocolFragment    = 44
	protocolICMPv6      = 58
	protocolDestination = 60
	protocolSCTP        = 132
)

// Parse reads an IPv4 or IPv6 packet; false: it is neither, or cut off within its IP header.
func Parse(data []byte) (Packet, bool) {
	if len(data) < 20 {
		return Packet{}, false
	}
	switch data[0] >> 4 {
	case 4:
		p := Packet{
			Source: netip.AddrFrom4([4]byte(data[12:16])), Destination: netip.AddrFrom4([4]byte(data[16:20])),
			Protocol: data[9], Transport: min(int(data[0]&0xf)*4, len(data)),
		}
		// A fragment but the first has no transport header.
		first := data[6]&0x1f == 0 && data[7] == 0
		p.readTransport(data, first)
		return p, true
	case 6:
		if len(data) < 40 {
			return Packet{}, false
		}
		p := Packet{Source: netip.AddrFrom16([16]byte(data[8:24])), Destination: netip.AddrFrom16([16]byte(data[24:40]))}
		p.readTransport(data, p.skipExtensions(data))
		return p, true
	}
	return Packet{}, false
}

// skipExtensions finds the transport header of an IPv6 packet, and whether there is one.
func (p *Packet) skipExtensions(data []byte) bool {
	p.Protocol, p.Transport = data[6], 40
	first := true
	for p.Transport+8 <= len(data) {
		here := data[p.Transport:]
		length := 8
		switch p.Protocol {
		case protocolHopByHop, protocolRouting, protocolDestination:
			length = int(here[1])*8 + 8
		case protocolFragment:
			first = first && binary.BigEndian.Uint16(here[2:])>>3 == 0
		default:
			return first
		}
		p.Protocol, p.Transport = here[0], min(p.Transport+length, len(data))
	}
	return first
}

func (p *Packet) readTransport(data []byte, first bool) {
	const syn, tcpFlags, tcpOffset = 0x02, 13, 12
	p.Payload = p.Transport
	header := data[p.Transport:]
	if !first {
		return
	}
	switch p.Protocol {
	case protocolTCP, protocolUDP, protocolSCTP:
		if len(header) < 4 {
			return
		}
		p.HasPorts = true
		p.SourcePort, p.DestinationPort = binary.BigEndian.Uint16(header), binary.BigEndian.Uint16(header[2:])
		length := 8
		if p.Protocol == protocolTCP {
			length = 20
			if len(header) > tcpFlags {
				length = int(header[tcpOffset]>>4) * 4
				p.Established = header[tcpFlags]&syn == 0
			}
		}
		if p.Protocol == protocolSCTP {
			length = 12
		}
		p.Payload = min(p.Transport+length, len(data))
	case protocolICMP, protocolICMPv6:
		p.Payload = min(p.Transport+8, len(data))
	}
}

// EtherType is the link layer's name for the packet's protocol.
func (p Packet) EtherType() uint16 {
	if p.Destination.Is4() {
		return unix.ETH_P_IP
	}
	return unix.ETH_P_IPV6
}
