package traffic

import (
	"net/netip"
	"testing"
)

func packet4(protocol byte, rest ...byte) []byte {
	header := make([]byte, 20)
	header[0], header[9] = 0x45, protocol
	copy(header[12:], []byte{10, 0, 0, 1})
	copy(header[16:], []byte{10, 0, 0, 7})
	return append(header, rest...)
}

func packet6(next byte, rest ...byte) []byte {
	header := make([]byte, 40)
	header[0], header[6] = 0x60, next
	copy(header[8:], []byte{0xfd, 0x77, 15: 1})
	copy(header[24:], []byte{0xfd, 0x77, 15: 7})
	return append(header, rest...)
}

func tcp(flags byte, payload ...byte) []byte {
	header := make([]byte, 20)
	header[1], header[3], header[12], header[13] = 99, 80, 0x50, flags
	return append(header, payload...)
}

func TestParse(t *testing.T) {
	fragment := packet4(6, tcp(0x18)...)
	fragment[7] = 1
	routed := append([]byte{6, 0, 0, 0, 0, 0, 0, 0}, tcp(0x10, 'x')...)
	later := append([]byte{6, 0, 0x01, 0x00, 0, 0, 0, 1}, tcp(0x10)...)
	for _, test := range []struct {
		name        string
		data        []byte
		destination string
		protocol    byte
		ports       bool
		established bool
		payload     int
	}{
		{"IPv4 data", packet4(6, tcp(0x18, 'a', 'b')...), "10.0.0.7", 6, true, true, 40},
		{"opening", packet4(6, tcp(0x02)...), "10.0.0.7", 6, true, false, 40},
		{"opening answered", packet4(6, tcp(0x12)...), "10.0.0.7", 6, true, false, 40},
		{"UDP", packet4(17, 0, 1, 0, 53, 0, 9, 0, 0, 'x'), "10.0.0.7", 17, true, false, 28},
		{"ICMP", packet4(1, 8, 0, 0, 0, 0, 0, 0, 0, 'x'), "10.0.0.7", 1, false, false, 28},
		{"a later fragment", fragment, "10.0.0.7", 6, false, false, 20},
		{"cut off in its ports", packet4(6, 1, 2), "10.0.0.7", 6, false, false, 20},
		{"cut off before its flags", packet4(6, tcp(0x18)[:13]...), "10.0.0.7", 6, true, false, 33},
		{"IPv6 acknowledgement", packet6(6, tcp(0x10)...), "fd77::7", 6, true, true, 60},
		{"behind an extension", packet6(43, routed...), "fd77::7", 6, true, true, 68},
		{"a later IPv6 fragment", packet6(44, later...), "fd77::7", 6, false, false, 48},
		{"cut off in its extension", packet6(0, 6, 9), "fd77::7", 0, false, false, 40},
	} {
		p, ok := Parse(test.data)
		if !ok || p.Destination.String() != test.destination || p.Protocol != test.protocol || p.HasPorts != test.ports ||
			p.Established != test.established || p.Payload != test.payload {
			t.Errorf("%s: found %+v, %v", test.name, p, ok)
		}
	}
	for name, data := range map[string][]byte{"no IP": make([]byte, 40), "empty": nil, "cut off": packet6(6)[:30]} {
		if p, ok := Parse(data); ok {
			t.Errorf("%s was read as %+v", name, p)
		}
	}
}

func TestNothingToReadIsNoPanic(t *testing.T) {
	whole := packet6(0, append([]byte{43, 1, 15: 0}, append([]byte{6, 0, 7: 0}, tcp(0x10, 'x')...)...)...)
	for _, data := range [][]byte{whole, packet4(6, tcp(0xff)...), packet4(132, 0, 1, 0, 2)} {
		for length := range data {
			if p, ok := Parse(data[:length]); ok && (p.Transport > length || p.Payload > length) {
				t.Errorf("of %d bytes: %+v", length, p)
			}
		}
	}
}

func TestOverlaps(t *testing.T) {
	prefixes := func(words ...string) (list []netip.Prefix) {
		for _, word := range words {
			list = append(list, netip.MustParsePrefix(word))
		}
		return list
	}
	ports := func(first, last uint16) []Ports { return []Ports{{first, last}} }
	for _, test := range []struct {
		name     string
		a, b     Filter
		overlaps bool
	}{
		{"all and all", Filter{}, Filter{Protocol: "any"}, true},
		{"all and some", Filter{}, Filter{Remotes: prefixes("10.0.0.0/8"), Ports: ports(80, 80), Protocol: "tcp"}, true},
		{"addresses within", Filter{Remotes: prefixes("10.0.0.0/8")}, Filter{Remotes: prefixes("192.0.2.0/24", "10.1.2.3/32")}, true},
		{"addresses apart", Filter{Remotes: prefixes("10.0.0.0/8")}, Filter{Remotes: prefixes("11.0.0.0/8", "fd00::/8")}, false},
		{"ports that meet", Filter{Ports: ports(80, 90)}, Filter{Ports: ports(90, 99)}, true},
		{"ports apart", Filter{Ports: ports(80, 90)}, Filter{Ports: ports(91, 99)}, false},
		{"own ports apart", Filter{LocalPorts: ports(1, 1)}, Filter{LocalPorts: ports(2, 2)}, false},
		{"protocols apart", Filter{Protocol: "udp"}, Filter{Protocol: "tcp"}, false},
		{"apart by exception alone", Filter{ExceptPorts: ports(80, 80)}, Filter{Ports: ports(80, 80)}, true},
	} {
		if test.a.Overlaps(test.b) != test.overlaps || test.b.Overlaps(test.a) != test.overlaps {
			t.Errorf("%s: expected %v", test.name, test.overlaps)
		}
	}
}
