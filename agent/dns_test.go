package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	typeA    = dnsmessage.TypeA
	typeAAAA = dnsmessage.TypeAAAA
	typeTXT  = dnsmessage.TypeTXT
)

func dnsFaultOf(id, more string) string {
	return fmt.Sprintf(`{"op":"start","id":%q,"kind":"dns","ttlMs":60000%s}`, id, more)
}

func expectAnswer(t *testing.T, a *asker, name string, kind dnsmessage.Type, expected string) {
	t.Helper()
	if got := a.ask(t, name, kind); got != expected {
		t.Errorf("%s of %s: found %q, expected %q", kind, name, got, expected)
	}
}

// newDNSWire is a pod with an agent, and a name server at its peer.
func newDNSWire(t *testing.T) (*wire, *nameServer, *testAgent) {
	t.Helper()
	w := newWire(t)
	return w, w.nameServer(t), startAgent(t, w.pod, carrierCapabilities)
}

func TestDNSErrors(t *testing.T) {
	w, _, a := newDNSWire(t)
	six := w.asker(t, "udp", sixAddress)
	eventually(t, 10*time.Second, "the kernel has made IPv6 usable", func() bool { return six.ask(t, "real.test.", typeA) != unanswered })
	for answer, expected := range map[string]string{
		"nxdomain": "NameError", "servfail": "ServerFailure", "refused": "Refused", "timeout": unanswered,
	} {
		for _, network := range []string{"udp", "tcp"} {
			t.Run(answer+" "+network, func(t *testing.T) {
				id := answer + "-" + network
				before := w.asker(t, network, peerAddresses[0])
				expectAnswer(t, before, "real.test.", typeA, "192.0.2.1")
				status := a.must(t, dnsFaultOf(id, fmt.Sprintf(`,"mode":"error","answer":%q,"names":["real.test"]`, answer)))
				if !status.InEffect || !strings.Contains(status.Evidence, "real.test") {
					t.Fatalf("after start: %+v", status)
				}
				for _, server := range []string{peerAddresses[0], peerAddresses[1], sixAddress} {
					client := w.asker(t, network, server)
					expectAnswer(t, client, "other.test.", typeA, "192.0.2.2")
					expectAnswer(t, client, "server.test.", typeTXT, server)
					expectAnswer(t, client, "REAL.test.", typeA, expected)
				}
				if network == "udp" {
					// a socket that has asked before the fault is not spared
					expectAnswer(t, before, "real.test.", typeA, expected)
				}
				status = a.status(t, id)
				if status.Counters["matched"] < 3 || status.Counters["altered"] < 3 || status.Counters["queries"] < 9 || status.Counters["failed"] != 0 {
					t.Errorf("counters: %v", status.Counters)
				}
				t.Log(status.Evidence)
				stopped := a.must(t, `{"op":"stop","id":"`+id+`"}`)
				if stopped.InEffect || stopped.Counters["altered"] < 3 {
					t.Errorf("after stop: %+v", stopped)
				}
				expectAnswer(t, w.asker(t, network, peerAddresses[0]), "real.test.", typeA, "192.0.2.1")
				if network == "udp" {
					expectAnswer(t, before, "real.test.", typeA, "192.0.2.1")
				}
				if left := a.ask(t, `{"op":"list"}`).Leftovers; len(left) != 0 {
					t.Errorf("left behind: %+v", left)
				}
			})
		}
	}
}

// A TCP connection that was open before the fault is reset, so that what it asks next is asked under the fault.
func TestDNSResetsEarlierConnections(t *testing.T) {
	w, _, a := newDNSWire(t)
	before := w.asker(t, "tcp", peerAddresses[0])
	expectAnswer(t, before, "real.test.", typeA, "192.0.2.1")
	a.must(t, dnsFaultOf("open", `,"names":["real.test"]`))
	if _, err := before.exchange("real.test.", typeA, 5*time.Second, false); err == nil {
		t.Error("a connection from before the fault still answers")
	}
}

func TestDNSOfEveryName(t *testing.T) {
	w, server, a := newDNSWire(t)
	a.must(t, dnsFaultOf("all", ``))
	client := w.asker(t, "udp", peerAddresses[0])
	for _, name := range []string{"real.test.", "unknown.example."} {
		expectAnswer(t, client, name, typeA, "NameError")
	}
	if asked := server.asked.Load(); asked != 0 {
		t.Errorf("the server was asked %d times", asked)
	}
	client.Conn.Close()
	answer, err := w.asker(t, "udp", peerAddresses[0]).exchange("real.test.", typeA, time.Second, true)
	if err != nil || len(answer.Additionals) != 1 || answer.Additionals[0].Header.Type != dnsmessage.TypeOPT {
		t.Errorf("with EDNS: %+v, %v", answer, err)
	}
}

func TestDNSRandom(t *testing.T) {
	w, _, a := newDNSWire(t)
	a.must(t, dnsFaultOf("random", `,"answer":"random","names":["real.test"]`))
	client := w.asker(t, "udp", peerAddresses[0])
	seen := map[string]bool{}
	for range 20 {
		four, six := net.ParseIP(client.ask(t, "real.test.", typeA)), net.ParseIP(client.ask(t, "real.test.", typeAAAA))
		if four.To4() == nil || four.To4()[0] != 198 || four.To4()[1]&^1 != 18 {
			t.Fatalf("A: %v", four)
		}
		if !strings.HasPrefix(six.String(), "2001:db8:") {
			t.Fatalf("AAAA: %v", six)
		}
		seen[four.String()] = true
	}
	if len(seen) < 10 {
		t.Errorf("only %d addresses in 20 answers", len(seen))
	}
}

func TestDNSShare(t *testing.T) {
	w, _, a := newDNSWire(t)
	a.must(t, dnsFaultOf("share", `,"names":["real.test"],"sharePercent":30`))
	client := w.asker(t, "udp", peerAddresses[0])
	const count = 1000
	failed := 0
	for range count {
		if client.ask(t, "real.test.", typeA) == "NameError" {
			failed++
		}
	}
	// 30% of 1000 has a deviation of 14.5; five of them
	if failed < 227 || failed > 373 {
		t.Errorf("%d of %d failed, expected about 30%%", failed, count)
	}
}

func TestDNSSpoof(t *testing.T) {
	w, _, a := newDNSWire(t)
	a.must(t, dnsFaultOf("spoof", `,"mode":"spoof","match":"glob","records":{"real.test":"10.9.8.7","six.test":"2001:db8::9","*.alias.test":"other.test","nowhere.test":"missing.test"}`))
	for _, network := range []string{"udp", "tcp"} {
		client := w.asker(t, network, peerAddresses[0])
		expectAnswer(t, client, "real.test.", typeA, "10.9.8.7")
		expectAnswer(t, client, "real.test.", typeAAAA, "")
		expectAnswer(t, client, "six.test.", typeAAAA, "2001:db8::9")
		expectAnswer(t, client, "a.b.alias.test.", typeA, "=other.test. 192.0.2.2")
		expectAnswer(t, client, "other.test.", typeA, "192.0.2.2")
		if got := client.ask(t, "nowhere.test.", typeA); !strings.HasPrefix(got, "NameError") {
			t.Errorf("spoofed with a name that is not: %q", got)
		}
	}
}

func TestDNSBigAnswers(t *testing.T) {
	w, _, a := newDNSWire(t)
	a.must(t, dnsFaultOf("big", `,"mode":"spoof","records":{"alias.test":"big.test"}`))
	for _, name := range []string{"big.test.", "alias.test."} {
		expectAnswer(t, w.asker(t, "udp", peerAddresses[0]), name, typeA, "truncated")
		answer, err := w.asker(t, "tcp", peerAddresses[0]).exchange(name, typeA, 5*time.Second, false)
		if err != nil || len(answer.Answers) < 300 {
			t.Errorf("%s by TCP: %d answers, %v", name, len(answer.Answers), err)
		}
	}
}

func TestDNSOfManyAtOnce(t *testing.T) {
	w, _, a := newDNSWire(t)
	a.must(t, dnsFaultOf("many", `,"names":["real.test"]`))
	var group sync.WaitGroup
	for range 50 {
		client := w.asker(t, "udp", peerAddresses[0])
		group.Go(func() {
			for i := range 20 {
				name, expected := "real.test.", "NameError"
				if i%2 == 1 {
					name, expected = "other.test.", "192.0.2.2"
				}
				answer, err := client.exchange(name, typeA, 10*time.Second, false)
				if got := inWords(answer); err != nil || got != expected {
					t.Errorf("%s: %q, %v", name, got, err)
				}
			}
		})
	}
	group.Wait()
	if counters := a.status(t, "many").Counters; counters["queries"] != 1000 || counters["altered"] != 500 || counters["failed"] != 0 {
		t.Errorf("counters: %v", counters)
	}
}

// The kernel remembers a flow of UDP for longer than its socket lasts.
func TestDNSOfPortsUsedAgain(t *testing.T) {
	w, _, a := newDNSWire(t)
	a.must(t, dnsFaultOf("again", `,"names":["real.test"]`))
	in(t, w.pod, func() (struct{}, error) {
		return struct{}{}, os.WriteFile("/proc/sys/net/ipv4/ip_local_port_range", []byte("41000 41007"), 0)
	})
	ask := func(name, expected string) {
		client := w.asker(t, "udp", peerAddresses[0])
		defer client.Close()
		expectAnswer(t, client, name, typeA, expected)
	}
	const rounds = 40
	for range rounds {
		// The proxy asks on behalf of the first: soon it and clients have all ports from each other.
		ask("other.test.", "192.0.2.2")
		ask("real.test.", "NameError")
	}
	if counters := a.status(t, "again").Counters; counters["queries"] != 2*rounds || counters["altered"] != rounds || counters["forwarded"] != rounds {
		t.Errorf("counters: %v", counters)
	}
}

// One socket that asks two servers at once, as musl's resolver does, is answered by both.
func TestDNSTwoServersByOneSocket(t *testing.T) {
	w, _, a := newDNSWire(t)
	a.must(t, dnsFaultOf("two", `,"names":["real.test"]`))
	socket := in(t, w.pod, func() (*net.UDPConn, error) { return net.ListenUDP("udp4", &net.UDPAddr{}) })
	defer socket.Close()
	if err := socket.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	query := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 7},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName("server.test."), Type: typeTXT, Class: dnsmessage.ClassINET}},
	}
	packed, err := query.Pack()
	if err != nil {
		t.Fatal(err)
	}
	for _, server := range peerAddresses {
		if _, err := socket.WriteToUDP(packed, &net.UDPAddr{IP: net.ParseIP(server), Port: 53}); err != nil {
			t.Fatal(err)
		}
	}
	answers := map[string]string{}
	for range peerAddresses {
		buffer := make([]byte, 512)
		n, from, err := socket.ReadFromUDP(buffer)
		if err != nil {
			t.Fatalf("answered so far: %v: %v", answers, err)
		}
		var answer dnsmessage.Message
		if err := answer.Unpack(buffer[:n]); err != nil {
			t.Fatal(err)
		}
		answers[from.IP.String()] = inWords(answer)
	}
	for _, server := range peerAddresses {
		if answers[server] != server {
			t.Errorf("%s answered %q", server, answers[server])
		}
	}
}

// What is sent to the proxy itself, rather than redirected there, goes nowhere, and not in circles.
func TestDNSProxyItselfIsNoServer(t *testing.T) {
	w, _, a := newDNSWire(t)
	a.must(t, dnsFaultOf("self", `,"names":["none.test"]`))
	_, text, _ := strings.Cut(a.status(t, "self").Evidence, " to port ")
	port, _, _ := strings.Cut(text, " ")
	for _, network := range []string{"udp", "tcp"} {
		connection := in(t, w.pod, func() (net.Conn, error) { return net.Dial(network, "127.0.0.1:"+port) })
		defer connection.Close()
		client := &asker{connection, network == "tcp"}
		if answer, err := client.exchange("real.test.", typeA, 300*time.Millisecond, false); err == nil {
			t.Errorf("by %s it answered %s", network, inWords(answer))
		}
	}
	if c := a.status(t, "self").Counters; c["queries"] > 1 || c["forwarded"] != 0 {
		t.Errorf("counters: %v", c)
	}
}

func TestDNSEndsWithTheAgent(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			w, _, a := newDNSWire(t)
			a.must(t, dnsFaultOf("orphan", `,"names":["real.test"]`))
			client := w.asker(t, "udp", peerAddresses[0])
			expectAnswer(t, client, "real.test.", typeA, "NameError")
			a.kill(signal)
			if code := a.await(t, 5*time.Second); signal == syscall.SIGTERM && code != 0 {
				t.Errorf("exit code %d", code)
			}
			expectAnswer(t, w.asker(t, "udp", peerAddresses[0]), "real.test.", typeA, "192.0.2.1")
			expectAnswer(t, w.asker(t, "tcp", peerAddresses[0]), "real.test.", typeA, "192.0.2.1")
			expectAnswer(t, client, "real.test.", typeA, "192.0.2.1")
			next := startAgent(t, w.pod, carrierCapabilities)
			if left := next.ask(t, `{"op":"list"}`).Leftovers; len(left) != 0 {
				t.Errorf("left behind: %+v", left)
			}
			next.must(t, dnsFaultOf("next", `,"names":["real.test"]`))
			expectAnswer(t, client, "real.test.", typeA, "NameError")
		})
	}
}

func TestDNSDeadline(t *testing.T) {
	w, _, a := newDNSWire(t)
	a.must(t, `{"op":"start","id":"short","kind":"dns","ttlMs":500}`)
	client := w.asker(t, "udp", peerAddresses[0])
	expectAnswer(t, client, "real.test.", typeA, "NameError")
	eventually(t, 5*time.Second, "the fault has ended", func() bool { return a.status(t, "short").State == "ended" })
	if status := a.status(t, "short"); status.Reason != reasonDeadline || status.InEffect {
		t.Errorf("after the deadline: %+v", status)
	}
	expectAnswer(t, client, "real.test.", typeA, "192.0.2.1")
}

func TestDNSConflict(t *testing.T) {
	w, _, a := newDNSWire(t)
	a.must(t, dnsFaultOf("first", ``))
	other := startAgent(t, w.pod, carrierCapabilities)
	for _, agent := range []*testAgent{a, other} {
		if r := agent.refused(t, dnsFaultOf("second", ``), "conflict"); r.Error.ConflictsWith != "first" {
			t.Errorf("conflict with %q", r.Error.ConflictsWith)
		}
	}
	if status := other.status(t, "first"); status.State != "unknown" || !status.InEffect {
		t.Errorf("to the other agent: %+v", status)
	}
	a.must(t, `{"op":"stop","id":"first"}`)
	other.must(t, dnsFaultOf("second", ``))
}

// The end of a DNS fault loses no packet that another fault holds.
func TestDNSLeavesHeldPackets(t *testing.T) {
	w, _, a := newDNSWire(t)
	s := w.stream(t, 0)
	a.must(t, delayBy("delay", "nfqueue", time.Second, ""))
	a.must(t, dnsFaultOf("dns", ``))
	s.send(t, 1)
	a.must(t, `{"op":"stop","id":"dns"}`)
	if got, ok := s.receive(t, 5*time.Second); !ok || got != 1 {
		t.Errorf("received: %v", ok)
	}
}

func TestDNSRefusesBadRequests(t *testing.T) {
	_, _, a := newDNSWire(t)
	for _, test := range []struct{ more, field string }{
		{`,"mode":"error","answer":"maybe"`, "answer"},
		{`,"mode":"error","names":["a b"]`, "names"},
		{`,"mode":"error","names":["*.test"]`, "names"},
		{`,"mode":"error","names":"real.test"`, "names"},
		{`,"mode":"spoof"`, "records"},
		{`,"mode":"spoof","records":{}`, "records"},
		{`,"mode":"spoof","records":{"a.test":"b test"}`, "records"},
		{`,"mode":"spoof","records":{"a.test":"b.test"},"names":["a.test"]`, "names"},
		{`,"sharePercent":0`, "sharePercent"},
		{`,"match":"fuzzy"`, "match"},
	} {
		if r := a.refused(t, dnsFaultOf("bad", test.more), "invalid"); r.Error.Field != test.field {
			t.Errorf("%s: %+v", test.more, r.Error)
		}
	}
}
