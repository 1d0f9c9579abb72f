// Package httpproxy stands between clients and an app, for connections that are redirected to it, and does to some
// HTTP/1 requests what a fault asks for. All else passes byte by byte, as it comes.
package httpproxy

import (
	"errors"
	"log"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"squall.dev/agent/internal/conntrack"
)

// acceptPause is taken when a connection cannot be, for want of file descriptors for instance.
const acceptPause = 10 * time.Millisecond

// Counts are since the start, but for Open.
type Counts struct {
	Connections, Open uint64
	// NotHTTP are connections in which something else than HTTP/1 was spoken.
	NotHTTP uint64
	// Requests is all that were seen.
	Requests uint64
	// Unreached are connections that the app did not take.
	Unreached uint64
}

// Proxy listens on all addresses, since a redirect leads to the one a connection came by.
type Proxy struct {
	mark      int
	port      int
	six       bool
	listeners []*net.TCPListener

	// draining is closed when no fault is left.
	draining chan struct{}
	once     sync.Once
	tasks    sync.WaitGroup
	closed   atomic.Bool

	mutex       sync.Mutex
	connections map[*exchange]bool
	parts       []*part

	accepted, notHTTP, requests, unreached atomic.Uint64
}

// Start listens on a free port. What the proxy sends to the app carries the mark. It alters nothing before a fault is
// added to it.
func Start(mark int) (*Proxy, error) {
	p := &Proxy{mark: mark, draining: make(chan struct{}), connections: map[*exchange]bool{}}
	if err := p.listen(); err != nil {
		return nil, err
	}
	for _, listener := range p.listeners {
		p.tasks.Go(func() { p.accept(listener) })
	}
	return p, nil
}

// Share is a fault's share of a proxy.
type Share struct {
	proxy *Proxy
	part  *part
}

// Add has a fault done to requests from now on, beside those that are there.
func (p *Proxy) Add(policy Policy) *Share {
	added := &part{policy: policy, ended: make(chan struct{})}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.parts = append(slices.Clone(p.parts), added)
	return &Share{proxy: p, part: added}
}

// End ends it: what it held goes on.
func (s *Share) End() {
	p := s.proxy
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if !s.part.over() {
		close(s.part.ended)
	}
	p.parts = slices.DeleteFunc(slices.Clone(p.parts), func(other *part) bool { return other == s.part })
}

// Counts tells how many requests the fault is about, and to how many it was done.
func (s *Share) Counts() (matched, altered uint64) {
	return s.part.matched.Load(), s.part.altered.Load()
}

// current are the faults there are, in the order they began.
func (p *Proxy) current() []*part {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.parts
}

// Port is where it listens.
func (p *Proxy) Port() int { return p.port }

// Six tells whether it takes IPv6.
func (p *Proxy) Six() bool { return p.six }

// Listening tells whether it takes connections.
func (p *Proxy) Listening() bool { return !p.closed.Load() }

// Counts reads the counters.
func (p *Proxy) Counts() Counts {
	p.mutex.Lock()
	open := len(p.connections)
	p.mutex.Unlock()
	return Counts{
		Connections: p.accepted.Load(), Open: uint64(open), NotHTTP: p.notHTTP.Load(), Requests: p.requests.Load(),
		Unreached: p.unreached.Load(),
	}
}

// listen finds a port that is free in both families.
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
	four, err := net.ListenTCP("tcp4", &net.TCPAddr{})
	if err != nil {
		return err
	}
	p.port = four.Addr().(*net.TCPAddr).Port
	six, err := net.ListenTCP("tcp6", &net.TCPAddr{Port: p.port})
	if errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.EAFNOSUPPORT) {
		p.listeners = []*net.TCPListener{four} // to a pod without IPv6 none comes
		return nil
	}
	if err != nil {
		return errors.Join(err, four.Close())
	}
	p.listeners, p.six = []*net.TCPListener{four, six}, true
	return nil
}

func (p *Proxy) accept(listener *net.TCPListener) {
	for {
		connection, err := listener.AcceptTCP()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			log.Printf("a redirected connection: %v", err)
			time.Sleep(acceptPause)
			continue
		}
		p.tasks.Go(func() { p.serve(connection) })
	}
}

// serve stays with a connection until its end.
func (p *Proxy) serve(connection *net.TCPConn) {
	target, err := conntrack.OriginalTCP(connection)
	if err != nil {
		reset(connection) // nobody is to connect to the proxy itself
		return
	}
	p.accepted.Add(1)
	app, err := p.dial(target)
	if err != nil {
		p.unreached.Add(1)
		reset(connection)
		return
	}
	e := newExchange(p, connection, app)
	p.mutex.Lock()
	p.connections[e] = true
	if p.closed.Load() {
		e.abort()
	}
	p.mutex.Unlock()
	e.run()
	p.mutex.Lock()
	delete(p.connections, e)
	p.mutex.Unlock()
}

func (p *Proxy) dial(target netip.AddrPort) (*net.TCPConn, error) {
	dialer := net.Dialer{Timeout: 10 * time.Second, Control: func(_, _ string, raw syscall.RawConn) error {
		var inner error
		err := raw.Control(func(fd uintptr) { inner = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_MARK, p.mark) })
		return errors.Join(err, inner)
	}}
	connection, err := dialer.Dial("tcp", target.String())
	if err != nil {
		return nil, err
	}
	return connection.(*net.TCPConn), nil
}

// Drain closes connections when the request under way has been answered; they have so long for it.
func (p *Proxy) Drain(grace time.Duration) {
	p.once.Do(func() { close(p.draining) })
	limit := time.After(grace)
	for p.Counts().Open > 0 {
		select {
		case <-limit:
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (p *Proxy) over() bool {
	select {
	case <-p.draining:
		return true
	default:
		return false
	}
}

// Close closes the listeners, and every connection that is left.
func (p *Proxy) Close() error {
	p.once.Do(func() { close(p.draining) })
	p.closed.Store(true)
	var problems []error
	for _, listener := range p.listeners {
		problems = append(problems, listener.Close())
	}
	p.mutex.Lock()
	for e := range p.connections {
		e.abort()
	}
	p.mutex.Unlock()
	p.tasks.Wait()
	return errors.Join(problems...)
}

// reset closes a connection so that its other end is told at once, by a RST.
func reset(connection *net.TCPConn) {
	_ = connection.SetLinger(0)
	_ = connection.Close()
}
