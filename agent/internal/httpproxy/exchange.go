package httpproxy

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// goodbye is how long a client may take to close, after the proxy has.
const goodbye = 250 * time.Millisecond

// end is one end of a connection that is passed on.
type end struct {
	*net.TCPConn
	reader *bufio.Reader
	other  *end

	mutex sync.Mutex
	// ready gives word when there is something to read, or nothing more to come; nil: nobody waits for it.
	ready chan error
}

func newEnd(connection *net.TCPConn, readAhead int) *end {
	return &end{TCPConn: connection, reader: bufio.NewReaderSize(connection, readAhead)}
}

// watch begins to wait for something to read, unless that is done already. When this end has closed, the other is
// told at once.
func (e *end) watch() chan error {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.ready == nil {
		ready := make(chan error, 1)
		e.ready = ready
		go func() {
			_, err := e.reader.Peek(1)
			if err != nil {
				mirror(err, e.other)
			}
			ready <- err
		}()
	}
	return e.ready
}

// await waits for the word.
func (e *end) await() error {
	err := <-e.watch()
	e.seen()
	return err
}

// seen ends a wait that has given word.
func (e *end) seen() {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.ready = nil
}

// exchange is a connection of a client, and the one to the app that belongs to it.
type exchange struct {
	proxy       *Proxy
	client, app *end
	// answered is how many requests have been.
	answered int
}

func newExchange(p *Proxy, client, app *net.TCPConn) *exchange {
	e := &exchange{proxy: p, client: newEnd(client, readAhead), app: newEnd(app, readAhead/4)}
	e.client.other, e.app.other = e.app, e.client
	return e
}

func (e *exchange) abort() {
	e.client.Close()
	e.app.Close()
}

// run passes requests and responses, one after another, until one side closes, or speaks something else than HTTP/1.
func (e *exchange) run() {
	defer e.abort()
	for {
		// Who was redirected just before the fault ended has a request to send.
		draining := e.proxy.draining
		if e.answered == 0 {
			draining = nil
		}
		select {
		case <-draining:
			e.leave()
			return
		case err := <-e.app.watch():
			// The app speaks first, or has closed.
			e.app.seen()
			e.tunnel(e.answered == 0 && err == nil)
			return
		case err := <-e.client.watch():
			e.client.seen()
			if err != nil || !awaitRequest(e.client.reader) {
				if err == nil && e.resetAll() {
					return
				}
				e.tunnel(e.answered == 0 && err == nil)
				return
			}
		}
		if !e.request() {
			return
		}
		e.answered++
	}
}

// resetAll resets a connection in which no request can be read, when a fault is about all of them.
func (e *exchange) resetAll() bool {
	for _, p := range e.proxy.current() {
		if !p.policy.Effect.Reset || !p.policy.all() {
			continue
		}
		p.matched.Add(1)
		if p.policy.chosen() && p.hold(p.policy.Effect.ResetAfter) {
			e.proxy.notHTTP.Add(1)
			p.altered.Add(1)
			reset(e.client.TCPConn)
			return true
		}
	}
	return false
}

// leave closes a connection between two requests, so that the client sees it end in order.
func (e *exchange) leave() {
	_ = e.client.CloseWrite()
	select {
	case <-e.client.watch():
	case <-time.After(goodbye):
	}
}

// request passes one request and its response; false: the connection is over.
func (e *exchange) request() bool {
	p := e.proxy
	asked, err := readHead(e.client.reader)
	if err != nil {
		return e.broken(asked, e.client, e.app)
	}
	p.requests.Add(1)
	method, _, version := asked.words()
	shape, err := requestFraming(asked)
	if err != nil {
		return e.broken(asked, e.client, e.app)
	}
	chosen := p.choose(asked)
	for _, part := range chosen {
		if part.policy.Effect.Reset && part.hold(part.policy.Effect.ResetAfter) {
			part.altered.Add(1)
			reset(e.client.TCPConn)
			return false
		}
	}
	for _, part := range chosen {
		if headers := part.policy.Effect.RequestHeaders; len(headers) > 0 {
			part.altered.Add(1)
			setAll(&asked, headers)
		}
	}
	if _, err := e.app.Write(asked.bytes()); err != nil {
		return false // it has closed between two requests: so it does for the client
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		e.sendBody(shape)
	}()
	keep := e.respond(method, chosen, sent, hasValue(asked, "expect", "100-continue"))
	if !keep || version == "HTTP/1.0" && !hasValue(asked, "connection", "keep-alive") || hasValue(asked, "connection", "close") {
		// The response is whole, or will never be. What the client still sends nobody reads.
		e.app.Close()
		e.farewell(sent)
		return false
	}
	<-sent
	if e.proxy.over() {
		e.leave()
		return false
	}
	return true
}

// choose gives the faults that are to be done to a request.
func (p *Proxy) choose(asked head) []*part {
	var chosen []*part
	for _, part := range p.current() {
		if !part.policy.matches(asked) {
			continue
		}
		part.matched.Add(1)
		if part.policy.chosen() {
			chosen = append(chosen, part)
		}
	}
	return chosen
}

// farewell ends a connection after its last response: closed at once, with something of the client's unread, the
// kernel would reset it, and the client might lose the response.
func (e *exchange) farewell(sent <-chan struct{}) {
	_ = e.client.CloseWrite()
	_ = e.client.SetReadDeadline(time.Now().Add(goodbye))
	<-sent
	_ = e.client.await()
}

// sendBody passes a request's body on, then waits for what the client does next.
func (e *exchange) sendBody(shape framing) {
	if err := copyBody(e.app, e.client.reader, shape); err != nil {
		if isReadError(err) {
			mirror(err, e.app)
		}
		return // an app that reads no further may still answer
	}
	e.client.watch()
}

// respond passes what the app answers; false: the connection is over. sent is closed when the request has been
// passed on; a client that expects to be told to continue may never send its body.
func (e *exchange) respond(method string, chosen []*part, sent <-chan struct{}, expects bool) bool {
	if e.app.await() != nil {
		return false
	}
	for {
		answer, err := readHead(e.app.reader)
		if err != nil {
			return e.broken(answer, e.app, e.client)
		}
		status, err := answer.status()
		if err != nil {
			return e.broken(answer, e.app, e.client)
		}
		if status == 101 || method == "CONNECT" && status/100 == 2 {
			if _, err := e.client.Write(answer.bytes()); err == nil {
				<-sent
				e.tunnel(false)
			}
			return false
		}
		if status >= 200 {
			return e.final(method, chosen, answer, status) && !expects
		}
		expects = expects && status != 100
		if _, err := e.client.Write(answer.bytes()); err != nil {
			return false
		}
	}
}

// final passes the response itself, delayed and altered as asked; false: the connection is over.
func (e *exchange) final(method string, chosen []*part, answer head, status int) bool {
	shape, err := responseFraming(answer, method, status)
	if err != nil {
		return e.broken(answer, e.app, e.client)
	}
	version, _, _ := answer.words()
	over := shape.kind == untilClose || hasValue(answer, "connection", "close") ||
		version == "HTTP/1.0" && !hasValue(answer, "connection", "keep-alive")
	var body []byte
	held := map[*part]bool{}
	for _, part := range chosen {
		if delay := part.policy.Effect.Delay; delay > 0 {
			held[part] = true
			part.altered.Add(1)
			part.hold(delay)
		}
	}
	now := status
	for _, part := range chosen {
		effect := part.policy.Effect
		if !effect.changesResponse() || part.over() {
			continue
		}
		if !held[part] {
			part.altered.Add(1)
		}
		if replaced := effect.applyTo(&answer, method, now); replaced != nil {
			body = replaced
		}
		if effect.Status != 0 {
			now = effect.Status
		}
	}
	if _, err := e.client.Write(append(answer.bytes(), body...)); err != nil {
		return false
	}
	if body != nil {
		return e.discard(shape) && !over
	}
	if err := copyBody(e.client, e.app.reader, shape); err != nil {
		mirror(err, e.client)
		return false
	}
	return !over
}

// discard drops the app's own body; false: it is too long for that, and the connection has to end.
func (e *exchange) discard(shape framing) bool {
	const most, patience = 1 << 20, time.Second
	if shape.kind == noBody {
		return true
	}
	if shape.kind == untilClose || shape.length > most {
		return false
	}
	_ = e.app.SetReadDeadline(time.Now().Add(patience))
	err := copyBody(&limited{most}, e.app.reader, shape)
	_ = e.app.SetReadDeadline(time.Time{})
	return err == nil
}

// limited takes so many bytes.
type limited struct{ left int }

func (l *limited) Write(data []byte) (int, error) {
	if l.left -= len(data); l.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(data), nil
}

// broken passes on what was read of a message that cannot be understood, and all that follows; it gives false.
func (e *exchange) broken(start head, from, to *end) bool {
	_, err := to.Write(start.bytes())
	switch {
	case err != nil:
	case from == e.client:
		e.tunnel(false)
	default: // the request's own body is still under way
		e.pass(from, to)
	}
	return false
}

// tunnel passes everything both ways, until both ends have closed.
func (e *exchange) tunnel(foreign bool) {
	if foreign {
		e.proxy.notHTTP.Add(1)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.pass(e.client, e.app)
	}()
	e.pass(e.app, e.client)
	<-done
}

// pass passes one way. The end of what one side sends is passed on too, and so is a reset.
func (e *exchange) pass(from, to *end) {
	if from.await() != nil {
		return
	}
	_, err := io.Copy(plainWriter{to}, plainReader{from.reader})
	if err == nil {
		err = io.EOF
	}
	mirror(err, to)
	if !errors.Is(err, io.EOF) {
		reset(from.TCPConn)
	}
}

// mirror does to one end what was seen of the other: closed in order, or not.
func mirror(err error, to *end) {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		_ = to.CloseWrite()
		return
	}
	reset(to.TCPConn)
}

func isReadError(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &op) && op.Op == "read"
}

func hasValue(h head, name, value string) bool {
	for _, found := range h.values(name) {
		if strings.EqualFold(found, value) {
			return true
		}
	}
	return false
}
