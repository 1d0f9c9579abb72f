package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
	"squall.dev/agent/internal/conntrack"
	"squall.dev/agent/internal/dnsproxy"
	"squall.dev/agent/internal/nft"
)

const (
	dnsPort = 53
	// ownMark is on packets of the agent's proxies, which are not redirected to them again.
	ownMark = 0x73717561
	// dnsGrace is how long queries under way may take at the end of a fault.
	dnsGrace = time.Second
	// beforeOthers: a chain of squall's comes before those of a service mesh, which are at -100.
	beforeOthers = -101
	// dnsDevice is what the rules of a DNS fault say they are on. No interface has such a name.
	dnsDevice = "out/53"
)

// dnsFault has what leaves the pod for port 53 go to a DNS proxy in this process.
type dnsFault struct {
	proxy       *dnsproxy.Proxy
	redirection *redirection
	what        string
}

func readDNS(in *input) (begin, error) {
	mode, policy, err := readDNSRequest(in)
	if err != nil {
		return nil, err
	}
	return func(a *agent, id string, until time.Time) (started, error) {
		f, err := startDNS(a.redirects, mark{id: id, device: dnsDevice, mechanism: byRedirect, until: until}, policy)
		if err != nil {
			return started{}, err
		}
		f.what = describeDNS(mode, policy)
		return started{fault: f, mechanism: byRedirect}, nil
	}, nil
}

func startDNS(o *redirects, m mark, policy dnsproxy.Policy) (*dnsFault, error) {
	if err := refuseRedirectConflict(dnsDevice, "the pod's DNS queries redirected", noPort); err != nil {
		return nil, err
	}
	resolver, err := dnsproxy.ReadResolver("/etc/resolv.conf")
	if err != nil {
		return nil, refuse("unsupported", oneLine(err))
	}
	policy.Resolver, policy.Names.Search = resolver, resolver.Search
	proxy, err := dnsproxy.Start(policy, ownMark)
	if err != nil {
		return nil, refuse("unsupported", "DNS queries cannot be redirected here: "+oneLine(err))
	}
	redirection, err := o.open(m, dnsChains(proxy.Port(), proxy.Six())...)
	if err != nil {
		return nil, errors.Join(refuse("unsupported", "DNS queries cannot be redirected here: "+oneLine(err)), proxy.Close())
	}
	f := &dnsFault{proxy: proxy, redirection: redirection}
	// A socket that has asked before has a flow, which no rule for new flows would see.
	if _, err := proxy.Flows().ForgetAll(toPort53); err != nil {
		_, undone := f.revert(reasonStop)
		return nil, errors.Join(refuse("unsupported", "the kernel does not forget the flows of earlier queries: "+oneLine(err)), undone)
	}
	return f, nil
}

// dnsChains redirect new flows to port 53, and reset connections that were open before.
func dnsChains(port int, six bool) []redirectChain {
	leaves := concat(onFamily(six), notLoopback(expr.MetaKeyOIFNAME), notOwn())
	udp, tcp := onProtocol(unix.IPPROTO_UDP, dnsPort), onProtocol(unix.IPPROTO_TCP, dnsPort)
	return []redirectChain{
		{
			name: "dns", at: nft.Hook{Kind: "nat", Number: unix.NF_INET_LOCAL_OUT, Priority: beforeOthers},
			rules: [][]expr.Any{concat(leaves, udp, redirectTo(port)), concat(leaves, tcp, redirectTo(port))},
		},
		{
			name: "earlier", at: nft.Hook{Kind: "filter", Number: unix.NF_INET_LOCAL_OUT, Priority: 0},
			rules: [][]expr.Any{concat(leaves, tcp, notReset(), resetConnection())},
		},
	}
}

// notOwn matches what the agent's proxies have not sent.
func notOwn() []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyMARK, Register: 1},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: binary.NativeEndian.AppendUint32(nil, ownMark)},
	}
}

func toPort53(flow conntrack.Flow) bool {
	return flow.Original.Protocol == unix.IPPROTO_UDP && flow.Original.To.Port() == dnsPort
}

func (f *dnsFault) readBack() readBack {
	counters := f.counters()
	packets, err := f.redirection.read()
	if err != nil {
		return readBack{evidence: err.Error(), counters: counters}
	}
	if !f.proxy.Listening() {
		return readBack{evidence: "the DNS proxy of this agent has ended", counters: counters}
	}
	return readBack{
		inEffect: true,
		evidence: fmt.Sprintf("table inet %s sends what leaves the pod for port %d to port %d of lo, where this agent %s; %d flows redirected, %.0f queries seen, %.0f matched, %.0f altered",
			f.redirection.name, dnsPort, f.proxy.Port(), f.what, packets["dns"], counters["queries"], counters["matched"], counters["altered"]),
		counters: counters,
	}
}

func (f *dnsFault) counters() map[string]float64 {
	counts := f.proxy.Counts()
	return map[string]float64{
		"queries": float64(counts.Received), "matched": float64(counts.Matched), "altered": float64(counts.Altered),
		"forwarded": float64(counts.Forwarded), "failed": float64(counts.Failed),
	}
}

// revert takes the rules out first, then lets queries under way be answered, then has the kernel forget the flows
// that lead to the proxy, and ends it.
func (f *dnsFault) revert(reason string) (ending, error) {
	if err := f.redirection.lift(); err != nil {
		return ending{}, err
	}
	counters := f.counters()
	port := uint16(f.proxy.Port())
	f.proxy.Drain(dnsGrace)
	if _, err := f.proxy.Flows().ForgetAll(func(flow conntrack.Flow) bool {
		return flow.Reply.Protocol == unix.IPPROTO_UDP && flow.Reply.From.Port() == port
	}); err != nil {
		log.Printf("fault %s: flows to its proxy: %v", f.redirection.mark.id, err)
	}
	if err := f.proxy.Close(); err != nil {
		log.Printf("fault %s: close its proxy: %v", f.redirection.mark.id, err)
	}
	return ending{reason, counters}, f.redirection.close()
}

func describeDNS(mode string, policy dnsproxy.Policy) string {
	const most = 5
	names, patterns := "every name", policy.Names.Patterns
	if len(patterns) > 0 {
		names = strings.Join(patterns[:min(most, len(patterns))], ", ")
		if len(patterns) > most {
			names += fmt.Sprintf(" and %d more", len(patterns)-most)
		}
		names += fmt.Sprintf(" (%s)", policy.Names.Scheme)
	}
	if mode == dnsModeSpoof {
		return fmt.Sprintf("answers %v%% of the queries for %s with what they are spoofed with", policy.Percent, names)
	}
	return fmt.Sprintf("answers %v%% of the queries for %s with %s", policy.Percent, names, policy.Answer)
}
