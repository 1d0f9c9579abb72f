// Package dnsproxy answers, or fails to answer, the DNS queries that are redirected to it; those it is not about
// it hands on as they are, to the server they were for.
package dnsproxy

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
	"squall.dev/agent/internal/conntrack"
)

const (
	// patience is how long a server has to answer; the one who asked gives up sooner.
	patience = 10 * time.Second
	// atOnce is how many queries by UDP may wait for a server; more are dropped, as by a server that is too busy.
	atOnce     = 2048
	maxMessage = 65535
	// acceptPause is taken when a connection cannot be, for want of file descriptors for instance.
	acceptPause = 10 * time.Millisecond
)

// Counts are of queries, since the start.
type Counts struct {
	// Received is all that came, Matched those for the names of the fault, Altered those it was done to.
	Received, Matched, Altered uint64
	// Forwarded went on as they were, Failed found no server, or no answer there.
	Forwarded, Failed uint64
}

// Proxy listens on the loopback addresses.
type Proxy struct {
	policy Policy
	mark   int
	port   int
	six    bool

	flows   *conntrack.Table
	packets []*net.UDPConn
	streams []*net.TCPListener

	ctx    context.Context
	cancel context.CancelFunc
	slots  chan struct{}
	tasks  sync.WaitGroup
	ended  atomic.Bool

	received, matched, altered, forwarded, failed atomic.Uint64

	mutex       sync.Mutex
	connections map[*net.TCPConn]bool
}

// Start listens on a free port. What the proxy sends itself carries the mark.
func Start(policy Policy, mark int) (*Proxy, error) {
	flows, err := conntrack.Open()
	if err != nil {
		return nil, fmt.Errorf("the kernel does not tell where a redirected packet was meant to go: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &Proxy{
		policy: policy, mark: mark, flows: flows, ctx: ctx, cancel: cancel, slots: make(chan struct{}, atOnce),
		connections: map[*net.TCPConn]bool{},
	}
	if err := p.listen(); err != nil {
		cancel()
		return nil, errors.Join(err, flows.Close())
	}
	for _, socket := range p.packets {
		p.tasks.Go(func() { p.servePackets(socket) })
	}
	for _, listener := range p.streams {
		p.tasks.Go(func() { p.serveStreams(listener) })
	}
	return p, nil
}

// Port is where it listens.
func (p *Proxy) Port() int { return p.port }

// Six tells whether it listens on ::1 too.
func (p *Proxy) Six() bool { return p.six }

// Listening tells whether it still does.
func (p *Proxy) Listening() bool { return !p.ended.Load() }

// Counts reads the counters.
func (p *Proxy) Counts() Counts {
	return Counts{
		Received: p.received.Load(), Matched: p.matched.Load(), Altered: p.altered.Load(),
		Forwarded: p.forwarded.Load(), Failed: p.failed.Load(),
	}
}

// Flows is the table it asks where packets were meant to go.
func (p *Proxy) Flows() *conntrack.Table { return p.flows }

// listen finds a port that is free for UDP and TCP, on all loopback addresses there are.
func (p *Proxy) listen() error {
	var err error
	for range 20 {
		if err = p.listenOnce(); !errors.Is(err, unix.EADDRINUSE) {
			return err
		}
	}
	return err
}

func (p *Proxy) listenOnce() error {
	p.packets, p.streams = nil, nil
	first, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	p.packets = append(p.packets, first)
	p.port = first.LocalAddr().(*net.UDPAddr).Port
	stream, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: p.port})
	if err != nil {
		return errors.Join(err, p.closeSockets())
	}
	p.streams = append(p.streams, stream)
	six, err := net.ListenUDP("udp6", &net.UDPAddr{IP: net.IPv6loopback, Port: p.port})
	if errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.EAFNOSUPPORT) {
		return nil // a pod without IPv6 sends none
	}
	if err != nil {
		return errors.Join(err, p.closeSockets())
	}
	p.packets = append(p.packets, six)
	if stream, err = net.ListenTCP("tcp6", &net.TCPAddr{IP: net.IPv6loopback, Port: p.port}); err != nil {
		return errors.Join(err, p.closeSockets())
	}
	p.streams, p.six = append(p.streams, stream), true
	return nil
}

func (p *Proxy) closeSockets() error {
	var problems []error
	for _, socket := range p.packets {
		problems = append(problems, socket.Close())
	}
	for _, listener := range p.streams {
		problems = append(problems, listener.Close())
	}
	return errors.Join(problems...)
}

// Drain has every query go on as it is from now on, and lets those under way be answered for so long.
func (p *Proxy) Drain(grace time.Duration) {
	p.ended.Store(true)
	limit := time.After(grace)
	for len(p.slots) > 0 {
		select {
		case <-limit:
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Close drops what is under way, and every connection.
func (p *Proxy) Close() error {
	p.ended.Store(true)
	p.cancel()
	err := p.closeSockets()
	p.mutex.Lock()
	for connection := range p.connections {
		connection.Close()
	}
	p.mutex.Unlock()
	p.tasks.Wait()
	return errors.Join(err, p.flows.Close())
}

// handle decides what becomes of a message for a server; nil: it is not answered.
// onwards is true when it is to go on as it is.
func (p *Proxy) handle(message []byte, server netip.AddrPort, room int) (answer []byte, forward bool) {
	p.received.Add(1)
	q, err := parseQuery(message)
	if err != nil {
		return nil, true
	}
	pattern, ok := p.policy.Names.Match(q.question.Name.String())
	if !ok {
		return nil, true
	}
	p.matched.Add(1)
	if p.ended.Load() || rand.Float64()*100 >= p.policy.Percent {
		return nil, true
	}
	decided := p.policy.decide(p.ctx, q, pattern, func(ctx context.Context, name dnsmessage.Name, kind dnsmessage.Type) (dnsmessage.Message, error) {
		return p.lookUp(ctx, server, q, name, kind)
	})
	switch decided.action {
	case onwards:
		return nil, true
	case silence:
		p.altered.Add(1)
		return nil, false
	}
	if room == 0 {
		room = q.room
	}
	answer, err = q.answer(decided.code, decided.records, room)
	if err != nil {
		log.Printf("answer to a query for %s: %v", q.question.Name, err)
		p.failed.Add(1)
		return nil, false
	}
	p.altered.Add(1)
	return answer, false
}

// lookUp asks the server for another name than it was asked for.
func (p *Proxy) lookUp(ctx context.Context, server netip.AddrPort, q query, name dnsmessage.Name, kind dnsmessage.Type) (dnsmessage.Message, error) {
	q.question.Name, q.question.Type = name, kind
	q.header.ID = uint16(rand.Uint32())
	message := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: q.header.ID, RecursionDesired: true},
		Questions: []dnsmessage.Question{q.question},
	}
	packed, err := message.Pack()
	if err != nil {
		return message, err
	}
	var found dnsmessage.Message
	answer, err := p.exchangePacket(ctx, packed, server)
	if err == nil {
		err = found.Unpack(answer)
	}
	if err == nil && !found.Truncated {
		return found, nil
	}
	if answer, err = p.exchangeStream(ctx, packed, server); err != nil {
		return found, err
	}
	return found, found.Unpack(answer)
}

// dial opens a connection that the redirect leaves alone.
func (p *Proxy) dial(ctx context.Context, network string, server netip.AddrPort) (net.Conn, error) {
	dialer := net.Dialer{Timeout: patience, Control: func(_, _ string, raw syscall.RawConn) error {
		var inner error
		err := raw.Control(func(fd uintptr) { inner = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_MARK, p.mark) })
		return errors.Join(err, inner)
	}}
	return dialer.DialContext(ctx, network, net.JoinHostPort(server.Addr().String(), strconv.Itoa(int(server.Port()))))
}
