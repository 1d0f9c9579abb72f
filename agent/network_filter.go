package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"squall.dev/agent/internal/traffic"
)

const (
	maxListed = 256
	// hostTimeout is for all names together.
	hostTimeout = 4 * time.Second
)

var hostPattern = regexp.MustCompile(`^[a-zA-Z0-9_]([a-zA-Z0-9_.-]{0,251}[a-zA-Z0-9_.])?$`)

// readFilter reads which packets a fault is for, and the names whose addresses are to be added.
func readFilter(in *input) (traffic.Filter, []string) {
	f := traffic.Filter{
		Remotes:       readList(in, "cidrs", parsePrefix),
		ExceptRemotes: readList(in, "exceptCidrs", parsePrefix),
		Ports:         readList(in, "ports", parsePorts),
		ExceptPorts:   readList(in, "exceptPorts", parsePorts),
		LocalPorts:    readList(in, "localPorts", parsePorts),
		Protocol:      in.choice("protocol", "any", "tcp", "udp", "icmp"),
	}
	hosts := readList(in, "hosts", parseHost)
	if in.err != nil {
		return f, hosts
	}
	icmp := f.Protocol == "icmp"
	switch {
	case icmp && len(f.Ports) > 0:
		in.wrong("ports", "none with the protocol icmp, which has no ports")
	case icmp && len(f.LocalPorts) > 0:
		in.wrong("localPorts", "none with the protocol icmp, which has no ports")
	case icmp && len(f.ExceptPorts) > 0:
		in.wrong("exceptPorts", "none with the protocol icmp, which has no ports")
	case len(hosts) == 0 && nothingLeft(f.Remotes, f.ExceptRemotes, covers):
		in.wrong("exceptCidrs", "something of cidrs left")
	case nothingLeft(f.Ports, f.ExceptPorts, func(a, b traffic.Ports) bool { return a.First <= b.First && b.Last <= a.Last }):
		in.wrong("exceptPorts", "something of ports left")
	case ruleCount(f, len(hosts)) > maxRules:
		in.wrong("cidrs", fmt.Sprintf("at most %d combinations of an address, a port and a port of its own; these are %d", maxRules, ruleCount(f, len(hosts))))
	}
	return f, hosts
}

func covers(a, b netip.Prefix) bool { return a.Bits() <= b.Bits() && a.Contains(b.Addr()) }

func nothingLeft[T any](chosen, excepted []T, covers func(excepted, chosen T) bool) bool {
	return len(chosen) > 0 && !slices.ContainsFunc(chosen, func(c T) bool {
		return !slices.ContainsFunc(excepted, func(e T) bool { return covers(e, c) })
	})
}

func ruleCount(f traffic.Filter, hosts int) int {
	combinations := len(protocolChoices(f)) * max(1, len(f.Remotes)+hosts) * max(1, len(f.Ports)) * max(1, len(f.LocalPorts))
	return combinations + len(f.ExceptRemotes) + 2*len(f.ExceptPorts) + 1
}

// readList reads a list of strings; absent: an empty one. parse says what it expected when it refuses one.
func readList[T any](in *input, field string, parse func(string) (T, string)) []T {
	in.known = append(in.known, field)
	raw, given := in.fields[field]
	if !given {
		return nil
	}
	var words []string
	if json.Unmarshal(raw, &words) != nil || len(words) > maxListed || string(raw) == "null" {
		in.wrong(field, fmt.Sprintf("a list of at most %d strings", maxListed))
		return nil
	}
	list := make([]T, 0, len(words))
	for _, word := range words {
		value, expected := parse(word)
		if expected != "" {
			if in.err == nil {
				in.err = invalid(field, strconv.Quote(word), expected)
			}
			return nil
		}
		list = append(list, value)
	}
	return list
}

func parsePrefix(word string) (netip.Prefix, string) {
	const expected = "an IP address, or a block of them such as 10.0.0.0/8 or fd00::/8"
	if address, err := netip.ParseAddr(word); err == nil && address.Zone() == "" {
		address = address.Unmap()
		return netip.PrefixFrom(address, address.BitLen()), ""
	}
	prefix, err := netip.ParsePrefix(word)
	if err != nil || prefix.Addr().Is4In6() {
		return netip.Prefix{}, expected
	}
	if prefix.Masked() != prefix {
		return netip.Prefix{}, "a block's first address, here " + prefix.Masked().String()
	}
	return prefix, ""
}

func parsePorts(word string) (traffic.Ports, string) {
	const expected = "a port, 1 to 65535, or a range of them such as 8000-8100"
	first, last, isRange := strings.Cut(word, "-")
	if !isRange {
		last = first
	}
	from, err1 := strconv.ParseUint(first, 10, 16)
	to, err2 := strconv.ParseUint(last, 10, 16)
	if err1 != nil || err2 != nil || from == 0 || to < from {
		return traffic.Ports{}, expected
	}
	return traffic.Ports{First: uint16(from), Last: uint16(to)}, ""
}

func parseHost(word string) (string, string) {
	if !hostPattern.MatchString(word) {
		return "", "a host's name"
	}
	return word, ""
}

// resolveHosts asks for the addresses of the names, as the pod sees them, and adds them to the filter.
func (r *networkRequest) resolveHosts() error {
	ctx, cancel := context.WithTimeout(context.Background(), hostTimeout)
	defer cancel()
	resolver := &net.Resolver{PreferGo: true}
	for _, host := range r.hosts {
		addresses, err := resolver.LookupNetIP(ctx, "ip", host)
		if err != nil {
			return invalid("hosts", strconv.Quote(host), "a name that can be resolved in the pod ("+err.Error()+")")
		}
		for _, address := range addresses {
			address = address.Unmap().WithZone("")
			prefix := netip.PrefixFrom(address, address.BitLen())
			if !slices.Contains(r.filter.Remotes, prefix) {
				r.filter.Remotes = append(r.filter.Remotes, prefix)
			}
		}
	}
	if count := ruleCount(r.filter, 0); count > maxRules {
		return invalid("hosts", strings.Join(r.hosts, ", "), fmt.Sprintf("fewer addresses: %d combinations with ports, at most %d", count, maxRules))
	}
	if nothingLeft(r.filter.Remotes, r.filter.ExceptRemotes, covers) {
		return invalid("exceptCidrs", "all addresses of "+strings.Join(r.hosts, ", "), "something of them left")
	}
	return nil
}
