package main

import (
	"errors"
	"fmt"
	"log"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
	"squall.dev/agent/internal/httpproxy"
	"squall.dev/agent/internal/nft"
)

// httpGrace is how long a response under way may take at the end of a fault.
const httpGrace = 2 * time.Second

// httpFault has connections that come for a port go to an HTTP proxy in this process, and a share in that proxy.
type httpFault struct {
	request     httpRequest
	owner       *redirects
	at          *webPort
	share       *httpproxy.Share
	redirection *redirection
	left        bool
}

// webPorts are the ports that HTTP faults are on.
type webPorts struct {
	mutex  sync.Mutex
	byPort map[int]*webPort
}

// webPort is a port with HTTP faults: one proxy for all, which does them all to a request that several are about.
type webPort struct {
	proxy  *httpproxy.Proxy
	faults []*httpFault
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
	if err := refuseRedirectConflict(m.device, fmt.Sprintf("connections to port %d redirected", request.port), o.port()); err != nil {
		return nil, err
	}
	listening, err := listeningPorts()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(listening, request.port) {
		return nil, invalid("port", strconv.Itoa(request.port), "a port something in the pod listens on: "+portList(listening))
	}
	o.web.mutex.Lock()
	defer o.web.mutex.Unlock()
	at := o.web.byPort[request.port]
	if at == nil {
		proxy, err := httpproxy.Start(ownMark)
		if err != nil {
			return nil, refuse("unsupported", "HTTP requests cannot be redirected here: "+oneLine(err))
		}
		at = &webPort{proxy: proxy}
	} else if err := at.refuseSame(request); err != nil {
		return nil, err
	}
	f := &httpFault{request: request, owner: o, at: at, share: at.proxy.Add(request.policy)}
	chains := httpChains(request.port, at.proxy.Port(), at.proxy.Six())
	if len(at.faults) == 0 {
		f.redirection, err = o.open(m, chains...)
	} else {
		f.redirection, err = at.faults[0].redirection.join(m, chains...)
	}
	if err != nil {
		f.share.End()
		err = refuse("unsupported", "HTTP requests cannot be redirected here: "+oneLine(err))
		if len(at.faults) == 0 {
			err = errors.Join(err, at.proxy.Close())
		}
		return nil, err
	}
	at.faults = append(at.faults, f)
	o.web.byPort[request.port] = at
	return f, nil
}

// refuseSame refuses a fault that would do what another on the port does already.
func (at *webPort) refuseSame(request httpRequest) error {
	for _, f := range at.faults {
		for _, aspect := range request.aspects() {
			if slices.Contains(f.request.aspects(), aspect) {
				return &Refusal{
					Code:          "conflict",
					Message:       fmt.Sprintf("fault %s on port %d has the %s of responses already", f.redirection.mark.id, request.port, aspect),
					ConflictsWith: f.redirection.mark.id,
				}
			}
		}
	}
	return nil
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
	if !f.at.proxy.Listening() {
		return readBack{evidence: "the HTTP proxy of this agent has ended", counters: counters}
	}
	evidence := fmt.Sprintf("table inet %s sends connections that come for port %d to port %d, where this agent %s; %d redirected, %.0f requests seen, %.0f matched, %.0f altered",
		f.redirection.name, f.request.port, f.at.proxy.Port(), describeHTTP(f.request.policy), packets["http"], counters["requests"], counters["matched"], counters["altered"])
	if counters["notHttp"] > 0 {
		evidence += fmt.Sprintf("; in %.0f connections something else than HTTP/1 was spoken, such as TLS, and no request could be told", counters["notHttp"])
	}
	return readBack{inEffect: true, evidence: evidence, counters: counters}
}

func (f *httpFault) counters() map[string]float64 {
	counts := f.at.proxy.Counts()
	matched, altered := f.share.Counts()
	return map[string]float64{
		"connections": float64(counts.Connections), "open": float64(counts.Open), "notHttp": float64(counts.NotHTTP),
		"requests": float64(counts.Requests), "matched": float64(matched), "altered": float64(altered),
		"unreached": float64(counts.Unreached),
	}
}

// revert takes the rules out first, so that new connections reach the app, unless another fault has them redirected,
// too. With the last fault of a port the proxy goes, once responses under way have ended.
func (f *httpFault) revert(reason string) (ending, error) {
	last, err := f.leave()
	if err != nil {
		return ending{}, err
	}
	if last && f.at.proxy.Listening() {
		f.at.proxy.Drain(httpGrace)
	}
	counters := f.counters()
	delete(counters, "open")
	if !last {
		return ending{reason, counters}, nil
	}
	if err := f.at.proxy.Close(); err != nil {
		log.Printf("fault %s: close its proxy: %v", f.redirection.mark.id, err)
	}
	return ending{reason, counters}, f.redirection.close()
}

// leave takes the fault off its port; last: there is no other on it.
func (f *httpFault) leave() (last bool, err error) {
	web := &f.owner.web
	web.mutex.Lock()
	defer web.mutex.Unlock()
	if !f.left {
		if err := f.redirection.lift(); err != nil {
			return false, err
		}
		f.share.End()
		f.at.faults = slices.DeleteFunc(f.at.faults, func(other *httpFault) bool { return other == f })
		f.left = true
	}
	if len(f.at.faults) > 0 {
		return false, nil
	}
	if web.byPort[f.request.port] == f.at {
		delete(web.byPort, f.request.port)
	}
	return true, nil
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
