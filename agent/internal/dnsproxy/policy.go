package dnsproxy

import (
	"context"
	"math/rand/v2"
	"net/netip"

	"golang.org/x/net/dns/dnsmessage"
)

// Policy is what is done to queries for the names of a fault.
type Policy struct {
	Names Names
	// Percent of the queries that match it is done to.
	Percent float64
	// Answer is given to all that match, unless Records is set.
	Answer Answer
	// Records are by pattern: an address, or a name whose answers are given instead.
	Records map[string]Record
	// Resolver completes names in Records.
	Resolver Resolver
}

// Answer is a way to fail.
type Answer string

const (
	NXDomain Answer = "nxdomain"
	ServFail Answer = "servfail"
	Refused  Answer = "refused"
	// Timeout: none at all.
	Timeout Answer = "timeout"
	// Random: an address of a range that is nobody's, kept for benchmarks and for documents.
	Random Answer = "random"
)

// Record is what a name is spoofed with: Address, or Name when that is not valid.
type Record struct {
	Address netip.Addr
	Name    string
}

// verdict is what becomes of a query.
type verdict struct {
	action  action
	code    dnsmessage.RCode
	records []dnsmessage.Resource
}

type action int

const (
	reply   action = iota // with code and records
	onwards               // as it is
	silence
)

// resolve asks the server that a query was for.
type resolve func(ctx context.Context, name dnsmessage.Name, kind dnsmessage.Type) (dnsmessage.Message, error)

// decide tells what to do with a query whose name matches.
func (p *Policy) decide(ctx context.Context, q query, pattern string, ask resolve) verdict {
	if p.Records != nil {
		return p.spoof(ctx, q, p.Records[pattern], ask)
	}
	switch p.Answer {
	case NXDomain:
		return verdict{code: dnsmessage.RCodeNameError}
	case ServFail:
		return verdict{code: dnsmessage.RCodeServerFailure}
	case Refused:
		return verdict{code: dnsmessage.RCodeRefused}
	case Random:
		return verdict{records: record(q.question, randomBody(q.question.Type))}
	default:
		return verdict{action: silence}
	}
}

func (p *Policy) spoof(ctx context.Context, q query, with Record, ask resolve) verdict {
	if with.Address.IsValid() {
		return spoofAddress(q.question, with.Address)
	}
	var code dnsmessage.RCode
	var alias []dnsmessage.Resource
	for _, candidate := range p.Resolver.Candidates(with.Name) {
		name, err := dnsmessage.NewName(candidate)
		if err != nil {
			continue // with this search domain it is too long to be a name
		}
		found, err := ask(ctx, name, q.question.Type)
		if err != nil {
			return verdict{action: silence} // the server has not answered either
		}
		code = found.RCode
		if alias == nil || len(found.Answers) > 0 {
			alias = record(q.question, &dnsmessage.CNAMEResource{CNAME: name})
			for _, answer := range found.Answers {
				answer.Header.TTL = 0
				alias = append(alias, answer)
			}
		}
		if len(found.Answers) > 0 {
			return verdict{code: found.RCode, records: alias}
		}
	}
	return verdict{code: code, records: alias}
}

// spoofAddress answers with an address. For the other family there is none; what is no address goes on, except
// hints of addresses.
func spoofAddress(question dnsmessage.Question, address netip.Addr) verdict {
	const typeSVCB, typeHTTPS = 64, 65
	switch question.Type {
	case dnsmessage.TypeA:
		if address.Is4() {
			return verdict{records: record(question, &dnsmessage.AResource{A: address.As4()})}
		}
		return verdict{}
	case dnsmessage.TypeAAAA:
		if address.Is6() {
			return verdict{records: record(question, &dnsmessage.AAAAResource{AAAA: address.As16()})}
		}
		return verdict{}
	case typeSVCB, typeHTTPS:
		return verdict{}
	default:
		return verdict{action: onwards}
	}
}

func randomBody(kind dnsmessage.Type) dnsmessage.ResourceBody {
	n := rand.Uint64()
	switch kind {
	case dnsmessage.TypeA: // 198.18.0.0/15
		return &dnsmessage.AResource{A: [4]byte{198, 18 + byte(n>>16&1), byte(n >> 8), byte(n)}}
	case dnsmessage.TypeAAAA: // 2001:db8::/32
		return &dnsmessage.AAAAResource{AAAA: [16]byte{0: 0x20, 1: 0x01, 2: 0x0d, 3: 0xb8, 12: byte(n >> 24), 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)}}
	default:
		return nil
	}
}

// record is an answer that nobody may keep: the fault ends with the fault.
func record(question dnsmessage.Question, body dnsmessage.ResourceBody) []dnsmessage.Resource {
	if body == nil {
		return nil
	}
	return []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: question.Name, Class: question.Class, TTL: 0}, Body: body}}
}
