package main

import (
	"errors"
	"fmt"
	"log"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
	"squall.dev/agent/internal/httpproxy"
	"squall.dev/agent/internal/nft"
)

// httpGrace is how long a response under way may take at the end of a fault.
const httpGrace = 2 * time.Second

// httpFault has connections that come for a port go to an HTTP proxy in this process.
type httpFault struct {
	request     httpRequest
	proxy       *httpproxy.Proxy
	redirection *redirection
}

func readHTTP(in *input) (begin, error) {
	request, err := readHTTPRequest(in)
	if err != nil {
		return nil, err
	}
	return func(a *agent, id string, until time.Time) (started, error) {
		m := mark{id: id, device: fmt.Sprintf("in/%d", request.port), mechanism: byRedirect, until: until}
		f, err := startHTTP(a.redirects, m, request)
		if err != nil {
			return started{}, err
		}
		return started{fault: f, mechanism: byRedirect}, nil
	}, nil
}

func startHTTP(o *redirects, m mark, request httpRequest) (*httpFault, error) {
	if err := refuseRedirectConflict(m.device, fmt.Sprintf("connections to port %d redirected", request.port)); err != nil {
		return nil, err
	}
	listening, err := listeningPorts()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(listening, request.port) {
		return nil, invalid("port", strconv.Itoa(request.port), "a port something in the pod listens on: "+portList(listening))
	}
	proxy, err := httpproxy.Start(request.policy, ownMark)
	if err != nil {
		return nil, refuse("unsupported", "HTTP requests cannot be redirected here: "+oneLine(err))
	}
	redirection, err := o.open(m, httpChains(request.port, proxy.Port(), proxy.Six())...)
	if err != nil {
		return nil, errors.Join(refuse("unsupported", "HTTP requests cannot be redirected here: "+oneLine(err)), proxy.Close())
	}
	return &httpFault{request: request, proxy: proxy, redirection: redirection}, nil
}

func portList(ports []int) string {
	if len(ports) == 0 {
		return "there is none"
	}
	var words []string
	for _, port := range ports {
		words = append(words, strconv.Itoa(port))
	}
	return strings.Join(words, ", ")
}

// httpChains redirect new connections from outside the pod, and reset those that were open before: what arrives at
// the port itself was not redirected.
func httpChains(port, proxy int, six bool) []redirectChain {
	arrives := concat(onFamily(six), notLoopback(expr.MetaKeyIIFNAME), onProtocol(unix.IPPROTO_TCP, port))
	return []redirectChain{
		{
			name: "http", at: nft.Hook{Kind: "nat", Number: unix.NF_INET_PRE_ROUTING, Priority: beforeOthers},
			rules: [][]expr.Any{concat(arrives, redirectTo(proxy))},
		},
		{
			name: "earlier", at: nft.Hook{Kind: "filter", Number: unix.NF_INET_LOCAL_IN, Priority: 0},
			rules: [][]expr.Any{concat(arrives, notReset(), resetConnection())},
		},
	}
}

func (f *httpFault) readBack() readBack {
	counters := f.counters()
	packets, err := f.redirection.read()
	if err != nil {
		return readBack{evidence: err.Error(), counters: counters}
	}
	counters["earlierReset"] = float64(packets["earlier"])
	if !f.proxy.Listening() {
		return readBack{evidence: "the HTTP proxy of this agent has ended", counters: counters}
	}
	evidence := fmt.Sprintf("table inet %s sends connections that come for port %d to port %d, where this agent %s; %d redirected, %.0f requests seen, %.0f matched, %.0f altered",
		f.redirection.name, f.request.port, f.proxy.Port(), describeHTTP(f.request.policy), packets["http"], counters["requests"], counters["matched"], counters["altered"])
	if counters["notHttp"] > 0 {
		evidence += fmt.Sprintf("; in %.0f connections something else than HTTP/1 was spoken, such as TLS, and no request could be told", counters["notHttp"])
	}
	return readBack{inEffect: true, evidence: evidence, counters: counters}
}

func (f *httpFault) counters() map[string]float64 {
	counts := f.proxy.Counts()
	return map[string]float64{
		"connections": float64(counts.Connections), "open": float64(counts.Open), "notHttp": float64(counts.NotHTTP),
		"requests": float64(counts.Requests), "matched": float64(counts.Matched), "altered": float64(counts.Altered),
		"unreached": float64(counts.Unreached),
	}
}

// revert takes the rules out first, so that new connections reach the app, then lets responses under way end.
func (f *httpFault) revert(reason string) (ending, error) {
	if err := f.redirection.lift(); err != nil {
		return ending{}, err
	}
	f.proxy.Drain(httpGrace)
	counters := f.counters()
	delete(counters, "open")
	if err := f.proxy.Close(); err != nil {
		log.Printf("fault %s: close its proxy: %v", f.redirection.mark.id, err)
	}
	return ending{reason, counters}, f.redirection.close()
}

func describeHTTP(p httpproxy.Policy) string {
	which := "all requests"
	if len(p.Methods) > 0 {
		which = strings.Join(p.Methods, ", ") + " requests"
	}
	if p.Path != "" {
		which += " for " + p.Path
	}
	var done []string
	e := p.Effect
	if e.Reset {
		done = append(done, fmt.Sprintf("resets their connections after %v", e.ResetAfter))
	}
	if e.Delay > 0 {
		done = append(done, fmt.Sprintf("holds responses for %v", e.Delay))
	}
	if e.Status != 0 {
		done = append(done, fmt.Sprintf("answers with status %d", e.Status))
	}
	if e.Body != nil {
		done = append(done, fmt.Sprintf("answers with a body of %d bytes", len(e.Body)))
	}
	if len(e.RequestHeaders) > 0 {
		done = append(done, fmt.Sprintf("sets %d headers of the request", len(e.RequestHeaders)))
	}
	if len(e.ResponseHeaders) > 0 {
		done = append(done, fmt.Sprintf("sets %d headers of the response", len(e.ResponseHeaders)))
	}
	return fmt.Sprintf("of %v%% of %s %s", p.Percent, which, strings.Join(done, ", "))
}
