package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"squall.dev/agent/internal/dnsproxy"
)

const (
	kindDNS = "dns"
	// maxDNSNames is how many names a fault can be about.
	maxDNSNames = 256
)

const (
	dnsModeError = "error"
	dnsModeSpoof = "spoof"
)

// Names in a zone file may have other characters; names of hosts and services have these.
var (
	dnsNamePattern = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?$`)
	dnsPartPattern = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
	dnsGlobPattern = regexp.MustCompile(`^[A-Za-z0-9_.*?-]+$`)
	dnsPatterns    = map[dnsproxy.Scheme]*regexp.Regexp{
		dnsproxy.Exact: dnsNamePattern, dnsproxy.Substring: dnsPartPattern, dnsproxy.Glob: dnsGlobPattern,
	}
	dnsExpected = map[dnsproxy.Scheme]string{
		dnsproxy.Exact:     "a domain name",
		dnsproxy.Substring: "a part of a domain name: letters, digits, . - _",
		dnsproxy.Glob:      "a domain name, in which * is any characters and ? one",
	}
)

// readDNSRequest reads what is done to queries for which names.
func readDNSRequest(in *input) (mode string, policy dnsproxy.Policy, err error) {
	mode = in.choice("mode", dnsModeError, dnsModeSpoof)
	policy.Names.Scheme = dnsproxy.Scheme(in.choice("match", string(dnsproxy.Exact), string(dnsproxy.Substring), string(dnsproxy.Glob)))
	policy.Percent = in.number("sharePercent", 0.01, 100, 100, "percent")
	if mode == dnsModeError {
		policy.Answer = dnsproxy.Answer(in.choice("answer", string(dnsproxy.NXDomain), string(dnsproxy.ServFail),
			string(dnsproxy.Refused), string(dnsproxy.Timeout), string(dnsproxy.Random)))
		policy.Names.Patterns = in.dnsNames("names", policy.Names.Scheme)
	} else {
		policy.Records = in.dnsRecords("records", policy.Names.Scheme)
		for pattern := range policy.Records {
			policy.Names.Patterns = append(policy.Names.Patterns, pattern)
		}
		// The longest first, so that one that says more goes before one that says less.
		slices.SortFunc(policy.Names.Patterns, func(a, b string) int {
			if len(a) != len(b) {
				return len(b) - len(a)
			}
			return strings.Compare(a, b)
		})
	}
	return mode, policy, in.err
}

// dnsNames reads names or patterns; none: all names.
func (in *input) dnsNames(field string, scheme dnsproxy.Scheme) []string {
	in.known = append(in.known, field)
	raw, ok := in.fields[field]
	if !ok {
		return nil
	}
	var names []string
	if json.Unmarshal(raw, &names) != nil || len(names) > maxDNSNames {
		in.wrong(field, fmt.Sprintf("a list of at most %d, each %s", maxDNSNames, dnsExpected[scheme]))
		return nil
	}
	for _, name := range names {
		if !dnsPatterns[scheme].MatchString(name) || len(name) > 253 {
			in.reject(field, name, dnsExpected[scheme])
		}
	}
	return names
}

// dnsRecords reads what names are spoofed with.
func (in *input) dnsRecords(field string, scheme dnsproxy.Scheme) map[string]dnsproxy.Record {
	in.known = append(in.known, field)
	var texts map[string]string
	if raw, ok := in.fields[field]; !ok || json.Unmarshal(raw, &texts) != nil || len(texts) == 0 || len(texts) > maxDNSNames {
		in.wrong(field, fmt.Sprintf("an object of 1 to %d names, each with an IP address or another name", maxDNSNames))
		return nil
	}
	records := map[string]dnsproxy.Record{}
	for name, value := range texts {
		if !dnsPatterns[scheme].MatchString(name) || len(name) > 253 {
			in.reject(field, name, dnsExpected[scheme])
		}
		address, err := netip.ParseAddr(value)
		switch {
		case err == nil && address.Zone() == "":
			records[name] = dnsproxy.Record{Address: address.Unmap()}
		case dnsNamePattern.MatchString(value) && len(value) <= 253:
			records[name] = dnsproxy.Record{Name: value}
		default:
			in.reject(field, value, "an IP address or a domain name, for "+name)
		}
	}
	return records
}

// reject notes that a part of a field is wrong.
func (in *input) reject(field, found, expected string) {
	if in.err == nil {
		in.err = invalid(field, found, expected)
	}
}
