package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"squall.dev/agent/internal/nft"
	"squall.dev/agent/internal/traffic"
)

// On a machine that is busy with other things a packet can be late, but never early.
const (
	lateness  = 1500 * time.Millisecond
	undelayed = 250 * time.Millisecond
)

func delayBy(id, mechanism string, delay time.Duration, more string) string {
	return fmt.Sprintf(`{"op":"start","id":%q,"kind":"network","ttlMs":60000,"interface":"eth0","delayMs":%d,"mechanism":%q%s}`,
		id, delay.Milliseconds(), mechanism, more)
}

// eachMechanism runs a test with an agent that has a carrier's capabilities, for each mechanism that can delay and that
// this kernel has.
func eachMechanism(t *testing.T, test func(t *testing.T, w *wire, a *testAgent, mechanism string)) {
	each(t, []string{mechanismNetem, mechanismQueue}, test)
}

func each(t *testing.T, names []string, test func(t *testing.T, w *wire, a *testAgent, mechanism string)) {
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			w := newWire(t)
			a := startAgent(t, w.pod, carrierCapabilities)
			if ability := a.ask(t, `{"op":"abilities"}`).Network[name]; !ability.Usable {
				t.Skipf("%s: %s", name, ability.Reason)
			}
			test(t, w, a, name)
		})
	}
}

func TestDelayOfFiftyClients(t *testing.T) {
	const delay = 500 * time.Millisecond
	eachMechanism(t, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
		clients := w.connect(t, w.echo(t, podAddresses[0]), 50)
		before := clients.roundTrips(t, 3)
		status := a.must(t, delayBy("fifty", mechanism, delay, ""))
		if !status.InEffect || status.Mechanism != mechanism || status.State != "active" {
			t.Fatalf("after start: %+v", status)
		}
		during := clients.roundTrips(t, 3)
		status = a.status(t, "fifty")
		stopped := a.must(t, `{"op":"stop","id":"fifty"}`)
		after := clients.roundTrips(t, 3)
		report(t, "before", before)
		report(t, "during", during)
		report(t, "after", after)
		if during[0] < delay || during[len(during)/2] > delay+lateness {
			t.Errorf("round trips took %v to %v, median %v, expected %v", during[0], during[len(during)-1], during[len(during)/2], delay)
		}
		if after[len(after)/2] > undelayed {
			t.Errorf("round trips after the stop took %v", after[len(after)/2])
		}
		if status.Counters["delayed"] < 150 || status.Counters["dropped"] != 0 || !strings.Contains(status.Evidence, "eth0") {
			t.Errorf("status: %+v", status)
		}
		if stopped.InEffect || stopped.State != "ended" || stopped.Reason != reasonStop || stopped.EndedAt < stopped.StartedAt {
			t.Errorf("after stop: %+v", stopped)
		}
	})
}

func report(t *testing.T, when string, times []time.Duration) {
	t.Logf("%s: min %v, median %v, p99 %v, max %v of %d", when, times[0], times[len(times)/2], times[len(times)*99/100], times[len(times)-1], len(times))
}

func TestJitter(t *testing.T) {
	const delay, jitter = 200 * time.Millisecond, 100 * time.Millisecond
	eachMechanism(t, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
		clients := w.connect(t, w.echo(t, podAddresses[0]), 50)
		a.must(t, delayBy("jitter", mechanism, delay, `,"jitterMs":100`))
		times := clients.roundTrips(t, 4)
		report(t, "jitter", times)
		// A client's request is acknowledged by its own answer, so a round trip is one delay.
		if times[0] < delay-jitter {
			t.Errorf("the shortest took %v, less than %v - %v", times[0], delay, jitter)
		}
		if median := times[len(times)/2]; median < delay-jitter/2 || median > delay+jitter+lateness {
			t.Errorf("median %v, expected about %v", median, delay)
		}
		if spread := times[len(times)*9/10] - times[len(times)/10]; spread < jitter {
			t.Errorf("eight tenths lie within %v, expected about %v", spread, jitter*2*8/10)
		}
	})
}

func TestDelayOfIPv6(t *testing.T) {
	eachMechanism(t, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
		clients := w.connect(t, w.echo(t, "fd77:0::1"), 1)
		a.must(t, delayBy("six", mechanism, 300*time.Millisecond, ""))
		if took := clients.roundTrip(t); took < 300*time.Millisecond {
			t.Errorf("a round trip took %v", took)
		}
	})
}

func TestOrderIsKept(t *testing.T) {
	eachMechanism(t, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
		s := w.stream(t, 0)
		a.must(t, delayBy("order", mechanism, 100*time.Millisecond, ""))
		const count = 200 // fits into the receiver's buffer, should they all come at once
		for i := range count {
			s.send(t, i)
		}
		for i := range count {
			if got, ok := s.receive(t, 5*time.Second); !ok || got != i {
				t.Fatalf("packet %d: found %d (received: %v)", i, got, ok)
			}
		}
	})
}

// A delay is not a limit of the bandwidth: a connection has more in flight than a packet or two.
func TestDelayOfBulk(t *testing.T) {
	eachMechanism(t, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
		client := w.connect(t, w.echo(t, podAddresses[0]), 1)[0]
		a.must(t, delayBy("bulk", mechanism, 100*time.Millisecond, ""))
		sent := make([]byte, 4<<20)
		if _, err := rand.Read(sent); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		if err := client.SetDeadline(begun.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = client.Write(sent) }()
		received := make([]byte, len(sent))
		if n, err := io.ReadFull(client, received); err != nil {
			t.Fatalf("received %d bytes: %v", n, err)
		}
		t.Logf("4 MiB there and back in %v", time.Since(begun))
		if !bytes.Equal(received, sent) {
			t.Error("what came back is not what was sent")
		}
		// Two packets in each 100 ms would take minutes.
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("it took %v", took)
		}
		t.Logf("%+v", a.must(t, `{"op":"stop","id":"bulk"}`).Counters)
	})
}

func TestDeadline(t *testing.T) {
	eachMechanism(t, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
		clients := w.connect(t, w.echo(t, podAddresses[0]), 1)
		begun := time.Now()
		a.must(t, fmt.Sprintf(`{"op":"start","id":"short","kind":"network","ttlMs":700,"interface":"eth0","delayMs":300,"mechanism":%q}`, mechanism))
		if took := clients.roundTrip(t); took < 300*time.Millisecond {
			t.Errorf("a round trip took %v", took)
		}
		eventually(t, 5*time.Second, "the fault has ended", func() bool { return a.status(t, "short").State == "ended" })
		if held := time.Since(begun); held < 700*time.Millisecond {
			t.Errorf("it held for %v only", held)
		}
		status := a.status(t, "short")
		if status.Reason != reasonDeadline || status.InEffect || status.EndedAt < status.EndsAt {
			t.Errorf("after the deadline: %+v", status)
		}
		if took := clients.roundTrip(t); took > undelayed {
			t.Errorf("after the deadline a round trip took %v", took)
		}
	})
}

func TestNothingOutlivesTheAgent(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			eachMechanism(t, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
				clients := w.connect(t, w.echo(t, podAddresses[0]), 1)
				a.must(t, delayBy("orphan", mechanism, 400*time.Millisecond, ""))
				if took := clients.roundTrip(t); took < 400*time.Millisecond {
					t.Fatalf("a round trip took %v", took)
				}
				a.kill(signal)
				code := a.await(t, 5*time.Second)
				if signal == syscall.SIGTERM && code != 0 {
					t.Errorf("exit code %d", code)
				}
				if took := clients.roundTrip(t); took > undelayed {
					t.Errorf("after %v a round trip took %v", signal, took)
				}
				next := startAgent(t, w.pod, carrierCapabilities)
				// A qdisc stays when nobody is left to remove it; it delays nothing, as was just seen.
				stays := mechanism == "netem" && signal == syscall.SIGKILL
				if left := next.ask(t, `{"op":"list"}`).Leftovers; len(left) > 0 != stays || stays && left[0].Interface != "eth0" {
					t.Errorf("left behind: %+v", left)
				}
				if status := next.status(t, "orphan"); status.State != "unknown" || status.InEffect {
					t.Errorf("to the next agent: %+v", status)
				}
				if status := next.must(t, `{"op":"stop","id":"orphan"}`); status.InEffect {
					t.Errorf("after the next agent's stop: %+v", status)
				}
				if left := next.ask(t, `{"op":"list"}`).Leftovers; len(left) > 0 {
					t.Errorf("still left behind: %+v", left)
				}
				next.must(t, delayBy("next", mechanism, 200*time.Millisecond, ""))
				if took := clients.roundTrip(t); took < 200*time.Millisecond {
					t.Errorf("the next fault: a round trip took %v", took)
				}
			})
		})
	}
}

func TestIDsAreUsedOnce(t *testing.T) {
	eachMechanism(t, func(t *testing.T, _ *wire, a *testAgent, mechanism string) {
		request := delayBy("once", mechanism, 50*time.Millisecond, "")
		first, second := a.must(t, request), a.must(t, request)
		if first.StartedAt != second.StartedAt || first.EndsAt != second.EndsAt {
			t.Errorf("the same id gave %+v, then %+v", first, second)
		}
		a.must(t, `{"op":"stop","id":"once"}`)
		if again := a.must(t, `{"op":"stop","id":"once"}`); again.Reason != reasonStop {
			t.Errorf("stopped twice: %+v", again)
		}
		refused := a.refused(t, request, "ended")
		if refused.Fault == nil || refused.Fault.Reason != reasonStop {
			t.Errorf("refused with %+v", refused.Fault)
		}
	})
}

func TestConflict(t *testing.T) {
	eachMechanism(t, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
		a.must(t, delayBy("first", mechanism, 50*time.Millisecond, ""))
		other := startAgent(t, w.pod, carrierCapabilities)
		for _, agent := range []*testAgent{a, other} {
			if r := agent.refused(t, delayBy("second", mechanism, 50*time.Millisecond, ""), "conflict"); r.Error.ConflictsWith != "first" {
				t.Errorf("conflict with %q", r.Error.ConflictsWith)
			}
		}
		// What another agent holds is seen, but only that agent can end it.
		if status := other.status(t, "first"); status.State != "unknown" || !status.InEffect {
			t.Errorf("to the other agent: %+v", status)
		}
		other.refused(t, `{"op":"stop","id":"first"}`, "not-reverted")
		if left := other.ask(t, `{"op":"list"}`).Leftovers; len(left) != 1 || left[0].ID != "first" || left[0].Owner == 0 {
			t.Errorf("the other agent lists %+v", left)
		}
		a.must(t, `{"op":"stop","id":"first"}`)
		other.must(t, delayBy("second", mechanism, 50*time.Millisecond, ""))
	})
}

func TestTwoInterfaces(t *testing.T) {
	eachMechanism(t, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
		near, far := w.stream(t, 0), w.stream(t, 1)
		a.must(t, delayBy("near", mechanism, 200*time.Millisecond, ""))
		a.must(t, strings.Replace(delayBy("far", mechanism, time.Second, ""), "eth0", "eth1", 1))
		begun := time.Now()
		far.send(t, 2)
		near.send(t, 1)
		if _, ok := near.receive(t, 5*time.Second); !ok || time.Since(begun) < 200*time.Millisecond {
			t.Errorf("eth0: received %v after %v", ok, time.Since(begun))
		}
		// The end of one fault loses nothing the other holds.
		a.must(t, `{"op":"stop","id":"near"}`)
		if _, ok := far.receive(t, 5*time.Second); !ok || time.Since(begun) < time.Second {
			t.Errorf("eth1: received %v after %v", ok, time.Since(begun))
		}
		if status := a.status(t, "far"); !status.InEffect {
			t.Errorf("eth1 after the end of eth0's: %+v", status)
		}
		begun = time.Now()
		near.send(t, 3)
		if _, ok := near.receive(t, 5*time.Second); !ok || time.Since(begun) > undelayed {
			t.Errorf("eth0 after its end: received %v after %v", ok, time.Since(begun))
		}
	})
}

func TestHeldPacketsGoOnAtStop(t *testing.T) {
	eachMechanism(t, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
		if mechanism == "netem" {
			t.Skip("netem drops what it holds")
		}
		s := w.stream(t, 0)
		a.must(t, delayBy("held", mechanism, 30*time.Second, ""))
		const count = 100
		for i := range count {
			s.send(t, i)
		}
		eventually(t, 5*time.Second, "all are held", func() bool { return a.status(t, "held").Counters["held"] == count })
		a.must(t, `{"op":"stop","id":"held"}`)
		for i := range count {
			if got, ok := s.receive(t, time.Second); !ok || got != i {
				t.Fatalf("packet %d: found %d (received: %v)", i, got, ok)
			}
		}
	})
}

// A fault whose interface goes away is seen not to be in effect, and its end is no error.
func TestVanishedInterface(t *testing.T) {
	eachMechanism(t, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
		a.must(t, delayBy("vanished", mechanism, 50*time.Millisecond, ""))
		in(t, w.pod, func() (struct{}, error) {
			link, err := netlink.LinkByName("eth0")
			if err != nil {
				return struct{}{}, err
			}
			return struct{}{}, netlink.LinkDel(link)
		})
		if status := a.status(t, "vanished"); status.InEffect || status.State != "active" {
			t.Errorf("without its interface: %+v", status)
		}
		if status := a.must(t, `{"op":"stop","id":"vanished"}`); status.InEffect || status.State != "ended" {
			t.Errorf("stopped: %+v", status)
		}
	})
}

func TestLeftoverRule(t *testing.T) {
	w := newWire(t)
	a := startAgent(t, w.pod, carrierCapabilities)
	in(t, w.pod, func() (struct{}, error) {
		conn, err := nft.Dial()
		if err != nil {
			return struct{}{}, err
		}
		defer conn.Close()
		m := mark{id: "dead", device: "eth0", direction: traffic.Egress, mechanism: mechanismQueue, until: time.UnixMilli(1234)}
		changes, err := changesFor("squall_dead", []placement{{m, stepChange, rulesOf(traffic.Filter{}, traffic.Egress)}})
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, conn.Commit(append([]nft.Change{nft.AddTable("squall_dead", false)}, changes...)...)
	})
	left := a.ask(t, `{"op":"list"}`).Leftovers
	if len(left) != 1 || left[0].ID != "dead" || left[0].Interface != "eth0" || left[0].Until != 1234 || left[0].Owner != 0 {
		t.Fatalf("listed: %+v", left)
	}
	if r := a.refused(t, delayBy("new", "auto", 50*time.Millisecond, ""), "conflict"); r.Error.ConflictsWith != "dead" {
		t.Errorf("conflict with %q", r.Error.ConflictsWith)
	}
	if status := a.status(t, "dead"); status.State != "unknown" || !status.InEffect {
		t.Errorf("before stop: %+v", status)
	}
	if status := a.must(t, `{"op":"stop","id":"dead"}`); status.State != "unknown" || status.InEffect {
		t.Errorf("after stop: %+v", status)
	}
	if left := a.ask(t, `{"op":"list"}`).Leftovers; len(left) != 0 {
		t.Errorf("still listed: %+v", left)
	}
}

func TestForeignRootQdiscIsLeftAlone(t *testing.T) {
	w := newWire(t)
	a := startAgent(t, w.pod, carrierCapabilities)
	in(t, w.pod, func() (struct{}, error) {
		link, err := netlink.LinkByName("eth0")
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, netlink.QdiscAdd(&netlink.Tbf{
			QdiscAttrs: netlink.QdiscAttrs{LinkIndex: link.Attrs().Index, Handle: netlink.MakeHandle(1, 0), Parent: netlink.HANDLE_ROOT},
			Rate:       1_000_000, Limit: 100_000, Buffer: 10_000,
		})
	})
	r := a.refused(t, delayBy("tbf", "netem", 50*time.Millisecond, ""), "unsupported")
	if !strings.Contains(r.Error.Message, "tbf") {
		t.Errorf("reason: %s", r.Error.Message)
	}
	root := in(t, w.pod, func() (netlink.Qdisc, error) {
		link, err := netlink.LinkByName("eth0")
		if err != nil {
			return nil, err
		}
		return rootQdisc(link)
	})
	if root == nil || root.Type() != "tbf" {
		t.Errorf("the root qdisc is %v now", root)
	}
	if a.ask(t, `{"op":"abilities"}`).Network["nfqueue"].Usable {
		if status := a.must(t, delayBy("tbf-auto", "auto", 50*time.Millisecond, "")); status.Mechanism != "nfqueue" {
			t.Errorf("auto chose %s", status.Mechanism)
		}
	}
}

func TestAbilities(t *testing.T) {
	w := newWire(t)
	for _, test := range []struct {
		capabilities string
		permitted    bool
	}{{carrierCapabilities, true}, {"", false}} {
		t.Run(test.capabilities, func(t *testing.T) {
			a := startAgent(t, w.pod, test.capabilities)
			r := a.ask(t, `{"op":"abilities"}`)
			if !r.OK {
				t.Fatalf("refused: %+v", r.Error)
			}
			if got := strings.Join(r.Capabilities, " "); got != test.capabilities {
				t.Errorf("capabilities %q", got)
			}
			if r.PID != a.Process.Pid || r.Protocol != protocolVersion || strings.Join(r.Interfaces, " ") != "lo eth0 eth1" {
				t.Errorf("abilities: %+v", r)
			}
			for name, ability := range r.Network {
				t.Logf("%s: %+v", name, ability)
				if ability.Reason == "" {
					t.Errorf("%s gives no reason", name)
				}
				if !test.permitted && (ability.Usable || !strings.Contains(ability.Reason, "not permitted")) {
					t.Errorf("%s without capabilities: %+v", name, ability)
				}
			}
			if test.permitted && !r.Network["nfqueue"].Usable && !r.Network["netem"].Usable {
				t.Error("no mechanism is usable: none of the tests of delays runs")
			}
			if left := a.ask(t, `{"op":"list"}`).Leftovers; len(left) != 0 {
				t.Errorf("the trials left %+v", left)
			}
		})
	}
}

func TestIdleAgentEnds(t *testing.T) {
	w := newWire(t)
	a := startAgent(t, w.pod, carrierCapabilities, "--idle-timeout", "500ms")
	a.must(t, `{"op":"start","id":"busy","kind":"network","ttlMs":1500,"interface":"eth0","delayMs":10}`)
	begun := time.Now()
	if code := a.await(t, 10*time.Second); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if lived := time.Since(begun); lived < 1900*time.Millisecond {
		t.Errorf("it ended after %v, while or soon after a fault held", lived)
	}
	if _, err := os.Stat(a.socket); !os.IsNotExist(err) {
		t.Errorf("its socket: %v", err)
	}
}
