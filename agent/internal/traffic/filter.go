package traffic

import (
	"net/netip"
	"strconv"
	"strings"
)

// Direction is one of Egress, Ingress.
type Direction string

const (
	Egress  Direction = "egress"
	Ingress Direction = "ingress"
)

// Protocols a filter knows, by the numbers IP has for them. None is named: any protocol.
var Protocols = map[string][]byte{"any": nil, "tcp": {protocolTCP}, "udp": {protocolUDP}, "icmp": {protocolICMP, protocolICMPv6}}

// Ports is a range of ports, both ends included.
type Ports struct{ First, Last uint16 }

func (p Ports) String() string {
	if p.First == p.Last {
		return strconv.Itoa(int(p.First))
	}
	return strconv.Itoa(int(p.First)) + "-" + strconv.Itoa(int(p.Last))
}

func (p Ports) has(port uint16) bool { return p.First <= port && port <= p.Last }

// Filter chooses packets. An empty list does not restrict. Ports are of TCP and UDP: a filter by ports matches
// nothing else. The remote side is the destination of what leaves, the source of what comes in.
type Filter struct {
	Remotes       []netip.Prefix
	ExceptRemotes []netip.Prefix
	// Ports and ExceptPorts are the remote side's.
	Ports       []Ports
	ExceptPorts []Ports
	LocalPorts  []Ports
	// Protocol is a name in Protocols.
	Protocol string
}

// Matches tells whether the filter chooses a packet.
func (f Filter) Matches(p Packet, direction Direction) bool {
	remote, remotePort, localPort := p.Destination, p.DestinationPort, p.SourcePort
	if direction == Ingress {
		remote, remotePort, localPort = p.Source, p.SourcePort, p.DestinationPort
	}
	ports := p.HasPorts && p.Protocol != protocolSCTP
	switch {
	case !f.matchesProtocol(p.Protocol),
		len(f.Remotes) > 0 && !containsAddress(f.Remotes, remote),
		containsAddress(f.ExceptRemotes, remote),
		len(f.Ports) > 0 && !(ports && containsPort(f.Ports, remotePort)),
		len(f.LocalPorts) > 0 && !(ports && containsPort(f.LocalPorts, localPort)),
		ports && containsPort(f.ExceptPorts, remotePort):
		return false
	}
	return true
}

func (f Filter) matchesProtocol(protocol byte) bool {
	numbers := Protocols[f.Protocol]
	for _, number := range numbers {
		if number == protocol {
			return true
		}
	}
	return len(numbers) == 0
}

func containsAddress(prefixes []netip.Prefix, address netip.Addr) bool {
	for _, prefix := range prefixes {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

func containsPort(ranges []Ports, port uint16) bool {
	for _, r := range ranges {
		if r.has(port) {
			return true
		}
	}
	return false
}

// Overlaps tells whether a packet may match both filters. What is excepted does not count: it may say yes of two
// that are apart by their exceptions alone, never no of two that overlap.
func (f Filter) Overlaps(other Filter) bool {
	return overlapping(f.Remotes, other.Remotes, netip.Prefix.Overlaps) &&
		overlapping(f.Ports, other.Ports, Ports.overlaps) &&
		overlapping(f.LocalPorts, other.LocalPorts, Ports.overlaps) &&
		f.protocolsMeet(other)
}

func (f Filter) protocolsMeet(other Filter) bool {
	any := func(filter Filter) bool { return len(Protocols[filter.Protocol]) == 0 }
	return f.Protocol == other.Protocol || any(f) || any(other)
}

func (p Ports) overlaps(other Ports) bool { return p.First <= other.Last && other.First <= p.Last }

func overlapping[T any](a, b []T, meet func(T, T) bool) bool {
	if len(a) == 0 || len(b) == 0 {
		return true
	}
	for _, x := range a {
		for _, y := range b {
			if meet(x, y) {
				return true
			}
		}
	}
	return false
}

// String says in words what is chosen; "" when everything is.
func (f Filter) String() string {
	var words []string
	add := func(word string, list []string) {
		if len(list) > 0 {
			words = append(words, word+" "+strings.Join(list, ", "))
		}
	}
	if f.Protocol != "" && f.Protocol != "any" {
		words = append(words, f.Protocol)
	}
	add("with", texts(f.Remotes))
	add("not with", texts(f.ExceptRemotes))
	add("at port", texts(f.Ports))
	add("not at port", texts(f.ExceptPorts))
	add("from or to its own port", texts(f.LocalPorts))
	return strings.Join(words, ", ")
}

func texts[T interface{ String() string }](list []T) []string {
	result := make([]string, 0, len(list))
	for _, item := range list {
		result = append(result, item.String())
	}
	return result
}
