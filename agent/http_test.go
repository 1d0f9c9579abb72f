package main

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netns"
)

// dialFrom connects from the peer.
func dialFrom(w *wire, network, address string) (net.Conn, error) {
	type result struct {
		connection net.Conn
		err        error
	}
	results := make(chan result)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if err := netns.Set(w.peer); err != nil {
			results <- result{err: err}
			return
		}
		connection, err := net.DialTimeout(network, address, 5*time.Second)
		results <- result{connection, err}
	}()
	r := <-results
	return r.connection, r.err
}

type web struct {
	*wire
	app    *webApp
	agent  *testAgent
	client *http.Client
}

func newWeb(t *testing.T) web {
	t.Helper()
	w := newWire(t)
	return web{w, w.webApp(t), startAgent(t, w.pod, carrierCapabilities), w.client(t)}
}

func (w web) fault(t *testing.T, id, more string) Status {
	t.Helper()
	return w.agent.must(t, fmt.Sprintf(`{"op":"start","id":%q,"kind":"http","ttlMs":60000,"port":%d%s}`, id, w.app.port, more))
}

func (w web) stop(t *testing.T, id string) Status {
	t.Helper()
	status := w.agent.must(t, `{"op":"stop","id":"`+id+`"}`)
	if status.InEffect || status.State != "ended" {
		t.Errorf("after stop: %+v", status)
	}
	if left := w.agent.ask(t, `{"op":"list"}`).Leftovers; len(left) != 0 {
		t.Errorf("left behind: %+v", left)
	}
	return status
}

func isReset(err error) bool { return errors.Is(err, syscall.ECONNRESET) }

func TestHTTPDelay(t *testing.T) {
	w := newWeb(t)
	before := w.app.get(t, w.client, "GET", "/a", "")
	status := w.fault(t, "delay", `,"delayMs":400,"methods":["GET"],"path":"/a*"`)
	if !status.InEffect {
		t.Fatalf("after start: %+v", status)
	}
	for i, test := range []struct {
		method, path, body string
		delayed            bool
	}{{"GET", "/a", "", true}, {"GET", "/a/b?x=1", "", true}, {"POST", "/a", "abc", false}, {"GET", "/b?x=/a", "", false}, {"GET", "/a", "", true}} {
		r, err := w.app.try(w.client, test.method, test.path, test.body)
		if i == 0 && isReset(err) {
			// the connection from before the fault
			r, err = w.app.try(w.client, test.method, test.path, test.body)
		}
		expected := fmt.Sprintf("%s %s %d bytes", test.method, strings.Split(test.path, "?")[0], len(test.body))
		if err != nil || r.status != 200 || r.body != expected {
			t.Errorf("%s %s: %+v, %v", test.method, test.path, r, err)
		}
		if delayed := r.took >= 400*time.Millisecond; delayed != test.delayed || r.took > 400*time.Millisecond+lateness {
			t.Errorf("%s %s took %v", test.method, test.path, r.took)
		}
	}
	status = w.agent.status(t, "delay")
	t.Log(status.Evidence)
	if c := status.Counters; c["requests"] != 5 || c["matched"] != 3 || c["altered"] != 3 || c["connections"] != 1 {
		t.Errorf("counters: %v", c)
	}
	w.stop(t, "delay")
	for range 3 {
		if r := w.app.get(t, w.client, "GET", "/a", ""); r.took > undelayed || r.body != before.body {
			t.Errorf("after the stop: %+v", r)
		}
	}
}

// A connection that was open before the fault is reset at its next packet, whether the kernel tracked it or not.
func TestHTTPResetsEarlierConnections(t *testing.T) {
	for _, tracked := range []bool{false, true} {
		t.Run(fmt.Sprintf("tracked %v", tracked), func(t *testing.T) {
			w := newWeb(t)
			if tracked {
				w.agent.must(t, dnsFaultOf("tracking", ""))
			}
			earlier := w.dialPod(t, w.app.address)
			reader := bufio.NewReader(earlier)
			ask := func() error {
				if _, err := io.WriteString(earlier, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
					return err
				}
				answer, err := http.ReadResponse(reader, nil)
				if err == nil {
					_, err = io.Copy(io.Discard, answer.Body)
				}
				return err
			}
			if err := ask(); err != nil {
				t.Fatal(err)
			}
			w.fault(t, "earlier", `,"statusCode":500`)
			if err := ask(); !isReset(err) {
				t.Errorf("a connection from before the fault: %v", err)
			}
			if reset := w.agent.status(t, "earlier").Counters["earlierReset"]; tracked && reset != 1 {
				t.Errorf("%v were reset by the rule", reset)
			}
		})
	}
}

func TestHTTPStatusAndBody(t *testing.T) {
	w := newWeb(t)
	for name, test := range map[string]struct {
		more, method, path string
		status             int
		body               string
		header             map[string]string
	}{
		"status":          {`,"statusCode":503`, "GET", "/a", 503, "GET /a 0 bytes", map[string]string{"X-App": "real"}},
		"status text":     {`,"statusCode":503,"modifyBody":true`, "GET", "/a", 503, "503 Service Unavailable\n", map[string]string{"Content-Type": "text/plain"}},
		"status body":     {`,"statusCode":404,"body":"{}","contentType":"application/json"`, "GET", "/a", 404, "{}", map[string]string{"Content-Type": "application/json", "Content-Length": "2"}},
		"status of none":  {`,"statusCode":500`, "GET", "/empty", 500, "", map[string]string{"Content-Length": "0"}},
		"status to none":  {`,"statusCode":204`, "GET", "/a", 204, "", nil},
		"status of head":  {`,"statusCode":500,"modifyBody":true`, "HEAD", "/a", 500, "", nil},
		"body":            {`,"body":"other"`, "POST", "/a", 200, "other", map[string]string{"X-App": "real", "Content-Length": "5"}},
		"empty body":      {`,"body":""`, "GET", "/a", 200, "", map[string]string{"Content-Length": "0"}},
		"response header": {`,"headers":{"X-App":"changed","X-New":"1"}`, "GET", "/a", 200, "GET /a 0 bytes", map[string]string{"X-App": "changed", "X-New": "1"}},
		"request header":  {`,"headers":{"X-Asked":"by squall"},"headerMode":"request"`, "GET", "/a", 200, "GET /a 0 bytes", map[string]string{"X-App": "real", "X-Seen": "by squall"}},
	} {
		t.Run(name, func(t *testing.T) {
			id := strings.ReplaceAll(name, " ", "-")
			w.fault(t, id, test.more)
			client := w.wire.client(t)
			for range 3 {
				r := w.app.get(t, client, test.method, test.path, "", "X-Asked", "by the client")
				if r.status != test.status || r.body != test.body {
					t.Errorf("found %d %q", r.status, r.body)
				}
				for header, value := range test.header {
					if got := r.header.Values(header); len(got) != 1 || got[0] != value {
						t.Errorf("%s: found %q", header, got)
					}
				}
			}
			status := w.stop(t, id)
			if c := status.Counters; c["requests"] != 3 || c["altered"] != 3 || c["connections"] != 1 {
				t.Errorf("counters: %v", c)
			}
		})
	}
}

func TestHTTPEncodedBody(t *testing.T) {
	w := newWeb(t)
	w.fault(t, "gzip", `,"body":"packed","contentEncoding":"gzip"`)
	r := w.app.get(t, w.client, "GET", "/a", "", "Accept-Encoding", "gzip")
	reader, err := gzip.NewReader(strings.NewReader(r.body))
	if err != nil {
		t.Fatalf("%v: %+v", err, r)
	}
	if text, err := io.ReadAll(reader); string(text) != "packed" || err != nil || r.header.Get("Content-Encoding") != "gzip" {
		t.Errorf("found %q, %v", text, err)
	}
}

func TestHTTPReset(t *testing.T) {
	w := newWeb(t)
	w.fault(t, "reset", `,"reset":true,"resetAfterMs":300,"path":"/a"`)
	if r := w.app.get(t, w.client, "GET", "/b", ""); r.status != 200 {
		t.Errorf("another path: %+v", r)
	}
	served := w.app.served.Load()
	connection := w.dialPod(t, w.app.address)
	begun := time.Now()
	_, err := talk(connection, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
	if took := time.Since(begun); !isReset(err) || took < 300*time.Millisecond || took > 300*time.Millisecond+lateness {
		t.Errorf("after %v: %v", took, err)
	}
	if w.app.served.Load() != served {
		t.Error("the request reached the app")
	}
	w.stop(t, "reset")
	if r := w.app.get(t, w.client, "GET", "/a", ""); r.status != 200 {
		t.Errorf("after the stop: %+v", r)
	}
}

func TestHTTPShare(t *testing.T) {
	w := newWeb(t)
	w.fault(t, "share", `,"statusCode":500,"sharePercent":30`)
	const count = 1000
	failed := 0
	for range count {
		if w.app.get(t, w.client, "GET", "/a", "").status == 500 {
			failed++
		}
	}
	// 30% of 1000 has a deviation of 14.5; five of them
	if failed < 227 || failed > 373 {
		t.Errorf("%d of %d failed, expected about 30%%", failed, count)
	}
}

// What the fault is not about passes as it is, as it comes.
func TestHTTPPassesTheRest(t *testing.T) {
	w := newWeb(t)
	w.fault(t, "rest", `,"statusCode":500,"path":"/none"`)
	t.Run("big body both ways", func(t *testing.T) {
		body := strings.Repeat("0123456789abcdef", 1<<18) // 4 MiB
		if r := w.app.get(t, w.client, "POST", "/a", body); r.body != fmt.Sprintf("POST /a %d bytes", len(body)) {
			t.Errorf("found %+v", r)
		}
	})
	t.Run("chunks and trailers", func(t *testing.T) {
		answer, err := talk(w.dialPod(t, w.app.address), "POST /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nX-Trailer: 1\r\n\r\n")
		if err != nil || !strings.HasSuffix(answer, "POST /a 19 bytes") {
			t.Errorf("found %q, %v", answer, err)
		}
	})
	t.Run("pipelined", func(t *testing.T) {
		answer, err := talk(w.dialPod(t, w.app.address), "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\nHEAD /c HTTP/1.1\r\nHost: a\r\n\r\nGET /d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		if err != nil || strings.Count(answer, "HTTP/1.1 200 OK") != 4 || strings.Count(answer, "bytes") != 3 {
			t.Errorf("found %q, %v", answer, err)
		}
	})
	t.Run("one who closes its side first", func(t *testing.T) {
		connection := w.dialPod(t, w.app.address)
		if _, err := io.WriteString(connection, "GET /a HTTP/1.0\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if err := connection.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if answer, err := io.ReadAll(connection); err != nil || !strings.HasSuffix(string(answer), "GET /a 0 bytes") {
			t.Errorf("found %q, %v", answer, err)
		}
	})
	t.Run("expect continue", func(t *testing.T) {
		for range 3 {
			if r := w.app.get(t, w.client, "POST", "/a", "abc", "Expect", "100-continue"); r.body != "POST /a 3 bytes" || r.took > time.Second {
				t.Errorf("found %+v", r)
			}
		}
	})
	t.Run("stream", func(t *testing.T) {
		answer, err := w.client.Get("http://" + w.app.address + "/stream")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		lines := bufio.NewReader(answer.Body)
		for i := range 3 {
			// the app sends the next part only when this one has come
			if line, err := lines.ReadString('\n'); line != fmt.Sprintf("part %d\n", i) {
				t.Fatalf("found %q, %v", line, err)
			}
			w.app.release <- struct{}{}
		}
	})
	t.Run("upgrade", func(t *testing.T) {
		connection := w.dialPod(t, w.app.address)
		if _, err := io.WriteString(connection, "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		reader := bufio.NewReader(connection)
		answer, err := http.ReadResponse(reader, nil)
		if err != nil || answer.StatusCode != 101 {
			t.Fatalf("found %+v, %v", answer, err)
		}
		for _, word := range []string{"one\n", "two\n"} {
			if _, err := io.WriteString(connection, word); err != nil {
				t.Fatal(err)
			}
			if got, err := reader.ReadString('\n'); got != word {
				t.Errorf("found %q, %v", got, err)
			}
		}
	})
	t.Run("bytes as they are", func(t *testing.T) {
		odd := "GET /a HTTP/1.1\r\nhOST: a\r\nx-asked:   odd  case \r\nConnection: close\r\n\r\n"
		if answer, err := talk(w.dialPod(t, w.app.address), odd); err != nil || !strings.Contains(answer, "X-Seen: odd  case\r\n") {
			t.Errorf("found %q, %v", answer, err)
		}
	})
	t.Run("not a request", func(t *testing.T) {
		if answer, err := talk(w.dialPod(t, w.app.address), "\x16\x03\x01 hello\r\n\r\n"); err != nil || !strings.HasPrefix(answer, "HTTP/1.1 400") {
			t.Errorf("found %q, %v", answer, err)
		}
		if status := w.agent.status(t, "rest"); status.Counters["notHttp"] != 1 || !strings.Contains(status.Evidence, "TLS") {
			t.Errorf("read back: %+v", status)
		}
	})
	if c := w.stop(t, "rest").Counters; c["matched"] != 0 || c["altered"] != 0 {
		t.Errorf("counters: %v", c)
	}
}

// A server that speaks first, and one of another protocol, are heard and answered through the proxy.
func TestHTTPPassesOtherProtocols(t *testing.T) {
	w := newWire(t)
	a := startAgent(t, w.pod, carrierCapabilities)
	address := w.echo(t, podAddresses[0])
	_, port, _ := net.SplitHostPort(address)
	a.must(t, fmt.Sprintf(`{"op":"start","id":"echo","kind":"http","ttlMs":60000,"port":%s,"delayMs":60000}`, port))
	clients := w.connect(t, address, 20)
	for _, took := range clients.roundTrips(t, 5) {
		if took > lateness {
			t.Errorf("a round trip took %v", took)
		}
	}
	if status := a.status(t, "echo"); status.Counters["notHttp"] != 20 {
		t.Errorf("counters: %v", status.Counters)
	}
	greeter := in(t, w.pod, func() (net.Listener, error) { return net.Listen("tcp", ":0") })
	defer greeter.Close()
	go func() {
		for {
			connection, err := greeter.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(connection, "220 ready\r\n")
			connection.Close()
		}
	}()
	greeterPort := greeter.Addr().(*net.TCPAddr).Port
	a.must(t, fmt.Sprintf(`{"op":"start","id":"greeter","kind":"http","ttlMs":60000,"port":%d,"delayMs":60000}`, greeterPort))
	greeting, err := io.ReadAll(w.dialPod(t, fmt.Sprintf("%s:%d", podAddresses[0], greeterPort)))
	if err != nil || string(greeting) != "220 ready\r\n" {
		t.Errorf("found %q, %v", greeting, err)
	}
}

// A fault that resets every request resets connections it cannot read, too.
func TestHTTPResetOfOtherProtocols(t *testing.T) {
	w := newWeb(t)
	w.fault(t, "all", `,"reset":true`)
	if answer, err := talk(w.dialPod(t, w.app.address), "\x16\x03\x01 hello"); !isReset(err) {
		t.Errorf("found %q, %v", answer, err)
	}
}

func TestHTTPOfManyAtOnce(t *testing.T) {
	w := newWeb(t)
	w.fault(t, "many", `,"delayMs":200`)
	const clients, each, delay = 50, 5, 200 * time.Millisecond
	var group sync.WaitGroup
	var mutex sync.Mutex
	var times []time.Duration
	start := time.Now()
	for range clients {
		client := w.wire.client(t)
		group.Go(func() {
			for range each {
				r, err := w.app.try(client, "GET", "/a", "")
				if err != nil || r.status != 200 {
					t.Errorf("%+v, %v", r, err)
				}
				mutex.Lock()
				times = append(times, r.took)
				mutex.Unlock()
			}
		})
	}
	group.Wait()
	for _, took := range times {
		if took < delay {
			t.Errorf("a request took %v", took)
		}
	}
	// On a busy machine each may be late; if each waited for all others, they would take four times as long as this.
	if took := time.Since(start); took > clients*each*delay/4 {
		t.Errorf("all took %v", took)
	}
}

func TestHTTPOverIPv6(t *testing.T) {
	w := newWeb(t)
	w.fault(t, "six", `,"statusCode":500`)
	w.app.address = fmt.Sprintf("[fd77::1]:%d", w.app.port)
	if r := w.app.get(t, w.client, "GET", "/a", ""); r.status != 500 {
		t.Errorf("found %+v", r)
	}
}

func TestHTTPLeavesThePodItselfAlone(t *testing.T) {
	w := newWeb(t)
	w.fault(t, "inside", `,"statusCode":500`)
	local := in(t, w.pod, func() (net.Conn, error) { return net.Dial("tcp", w.app.address) })
	defer local.Close()
	if answer, err := talk(local, "GET /a HTTP/1.0\r\n\r\n"); err != nil || !strings.HasPrefix(answer, "HTTP/1.0 200") {
		t.Errorf("found %q, %v", answer, err)
	}
}

// What is under way when the fault ends is answered: what is held goes on at once.
func TestHTTPEndsInOrder(t *testing.T) {
	w := newWeb(t)
	w.fault(t, "order", `,"delayMs":30000,"path":"/a"`)
	results := make(chan response, 2)
	for _, path := range []string{"/a", "/slow"} {
		client := w.wire.client(t)
		go func() {
			r, err := w.app.try(client, "GET", path, "")
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			results <- r
		}()
	}
	eventually(t, 5*time.Second, "both are under way", func() bool { return w.agent.status(t, "order").Counters["requests"] == 2 })
	eventually(t, 5*time.Second, "the app has both", func() bool { return w.app.served.Load() == 2 })
	time.AfterFunc(500*time.Millisecond, func() { w.app.release <- struct{}{} })
	begun := time.Now()
	w.stop(t, "order")
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("the end took %v", took)
	}
	for range 2 {
		if r := <-results; r.status != 200 {
			t.Errorf("found %+v", r)
		}
	}
}

func TestHTTPEndIsBounded(t *testing.T) {
	w := newWeb(t)
	w.fault(t, "bounded", `,"delayMs":100`)
	connection := w.dialPod(t, w.app.address)
	if _, err := io.WriteString(connection, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	eventually(t, 5*time.Second, "the app has it", func() bool { return w.app.served.Load() == 1 })
	begun := time.Now()
	w.stop(t, "bounded")
	if took := time.Since(begun); took > httpGrace+time.Second {
		t.Errorf("the end took %v", took)
	}
	if answer, err := io.ReadAll(connection); len(answer) > 0 {
		t.Errorf("found %q, %v", answer, err)
	}
	w.app.release <- struct{}{}
}

func TestHTTPEndsWithTheAgent(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			w := newWeb(t)
			w.fault(t, "orphan", `,"statusCode":500`)
			if r := w.app.get(t, w.client, "GET", "/a", ""); r.status != 500 {
				t.Fatalf("found %+v", r)
			}
			underWay := w.dialPod(t, w.app.address)
			if _, err := io.WriteString(underWay, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			eventually(t, 5*time.Second, "the app has it", func() bool { return w.app.served.Load() == 2 })
			w.agent.kill(signal)
			w.agent.await(t, 5*time.Second)
			w.app.release <- struct{}{}
			begun := time.Now()
			_, err := io.ReadAll(underWay)
			if took := time.Since(begun); took > 2*time.Second {
				t.Errorf("what was under way heard of the end after %v: %v", took, err)
			}
			if r := w.app.get(t, w.wire.client(t), "GET", "/a", ""); r.status != 200 {
				t.Errorf("after %v: %+v", signal, r)
			}
			next := startAgent(t, w.pod, carrierCapabilities)
			if left := next.ask(t, `{"op":"list"}`).Leftovers; len(left) != 0 {
				t.Errorf("left behind: %+v", left)
			}
		})
	}
}

func TestHTTPProxyItselfIsNoServer(t *testing.T) {
	w := newWeb(t)
	_, text, _ := strings.Cut(w.fault(t, "self", `,"statusCode":500`).Evidence, " to port ")
	port, _, _ := strings.Cut(text, ",")
	connection, err := dialFrom(w.wire, "tcp", net.JoinHostPort(podAddresses[0], port))
	answer := ""
	if err == nil {
		defer connection.Close()
		answer, err = talk(connection, "GET /a HTTP/1.0\r\n\r\n")
	}
	if !isReset(err) {
		t.Errorf("found %q, %v", answer, err)
	}
}

func TestHTTPDeadline(t *testing.T) {
	w := newWeb(t)
	w.agent.must(t, fmt.Sprintf(`{"op":"start","id":"short","kind":"http","ttlMs":500,"port":%d,"statusCode":500}`, w.app.port))
	if r := w.app.get(t, w.client, "GET", "/a", ""); r.status != 500 {
		t.Errorf("found %+v", r)
	}
	eventually(t, 5*time.Second, "the fault has ended", func() bool { return w.agent.status(t, "short").State == "ended" })
	if status := w.agent.status(t, "short"); status.Reason != reasonDeadline || status.InEffect {
		t.Errorf("after the deadline: %+v", status)
	}
	if r := w.app.get(t, w.client, "GET", "/a", ""); r.status != 200 {
		t.Errorf("after the deadline: %+v", r)
	}
}

func TestHTTPConflict(t *testing.T) {
	w := newWeb(t)
	w.fault(t, "first", `,"statusCode":500`)
	start := func(effect string) string {
		return fmt.Sprintf(`{"op":"start","id":"second","kind":"http","ttlMs":60000,"port":%d%s}`, w.app.port, effect)
	}
	other := startAgent(t, w.pod, carrierCapabilities)
	for agent, request := range map[*testAgent]string{w.agent: start(`,"statusCode":404,"path":"/b"`), other: start(`,"delayMs":1`)} {
		if r := agent.refused(t, request, "conflict"); r.Error.ConflictsWith != "first" {
			t.Errorf("conflict with %q", r.Error.ConflictsWith)
		}
	}
	w.stop(t, "first")
	other.must(t, start(`,"delayMs":1`))
}

// Faults on one port that do different things are all done to a request that is for all of them.
func TestHTTPFaultsOnOnePort(t *testing.T) {
	w := newWeb(t)
	w.fault(t, "slow", `,"delayMs":300,"path":"/a"`)
	connection := w.client
	if r := w.app.get(t, connection, "GET", "/a", ""); r.status != 200 || r.took < 300*time.Millisecond {
		t.Errorf("one: %+v", r)
	}
	w.fault(t, "status", `,"statusCode":503`)
	w.fault(t, "header", `,"headers":{"X-App":"changed"}`)
	if r := w.app.get(t, connection, "GET", "/a", ""); r.status != 503 || r.took < 300*time.Millisecond || r.header.Get("X-App") != "changed" {
		t.Errorf("all: %+v", r)
	}
	if r := w.app.get(t, connection, "GET", "/b", ""); r.status != 503 || r.took > undelayed {
		t.Errorf("another path: %+v", r)
	}
	// The end of the first leaves the others, and connections, as they are.
	if c := w.stop(t, "slow").Counters; c["requests"] != 3 || c["matched"] != 2 || c["altered"] != 2 {
		t.Errorf("counters: %v", c)
	}
	if r := w.app.get(t, connection, "GET", "/a", ""); r.status != 503 || r.took > undelayed || r.header.Get("X-App") != "changed" {
		t.Errorf("without the delay: %+v", r)
	}
	for _, id := range []string{"status", "header"} {
		if status := w.agent.status(t, id); !status.InEffect || status.Counters["connections"] != 1 {
			t.Errorf("%s: %+v", id, status)
		}
	}
	w.stop(t, "status")
	if r := w.app.get(t, w.wire.client(t), "GET", "/a", ""); r.status != 200 || r.header.Get("X-App") != "changed" {
		t.Errorf("with the header only: %+v", r)
	}
	w.stop(t, "header")
	if r := w.app.get(t, w.wire.client(t), "GET", "/a", ""); r.status != 200 || r.header.Get("X-App") != "real" {
		t.Errorf("with none: %+v", r)
	}
}

func TestHTTPRefusesBadRequests(t *testing.T) {
	w := newWeb(t)
	for more, field := range map[string]string{
		``:                                "port",
		`,"delayMs":-1`:                   "delayMs",
		`,"statusCode":99`:                "statusCode",
		`,"statusCode":500.5`:             "statusCode",
		`,"delayMs":1,"methods":["get"]`:  "methods",
		`,"delayMs":1,"path":"a b"`:       "path",
		`,"delayMs":1,"reset":true`:       "reset",
		`,"delayMs":1,"resetAfterMs":5`:   "resetAfterMs",
		`,"contentType":"text/html"`:      "modifyBody",
		`,"modifyBody":true`:              "modifyBody",
		`,"headers":{"Connection":"x"}`:   "headers",
		`,"headers":{"A B":"x"}`:          "headers",
		`,"headers":{"A":"x\ny"}`:         "headers",
		`,"delayMs":1,"sharePercent":101`: "sharePercent",
	} {
		request := fmt.Sprintf(`{"op":"start","id":"bad","kind":"http","ttlMs":60000,"port":%d%s}`, w.app.port, more)
		if r := w.agent.refused(t, request, "invalid"); r.Error.Field != field {
			t.Errorf("%s: %+v", more, r.Error)
		}
	}
	if ports := w.agent.ask(t, `{"op":"ports"}`).Listening; len(ports) != 1 || ports[0] != w.app.port {
		t.Errorf("listening: %v", ports)
	}
	r := w.agent.refused(t, `{"op":"start","id":"bad","kind":"http","ttlMs":60000,"port":1,"delayMs":1}`, "invalid")
	if r.Error.Field != "port" || !strings.Contains(r.Error.Expected, fmt.Sprint(w.app.port)) {
		t.Errorf("a port nothing listens on: %+v", r.Error)
	}
}
