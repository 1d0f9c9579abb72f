package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A delay and a loss on one interface, each for what its own filter chooses: packets that both choose have both.
func TestFaultsAddUp(t *testing.T) {
	for _, direction := range []string{"egress", "ingress"} {
		t.Run(direction, func(t *testing.T) {
			w := newWire(t)
			a := startAgent(t, w.pod, carrierCapabilities)
			open := func() stream {
				if direction == "ingress" {
					return w.streamIn(t, 0)
				}
				return w.stream(t, 0)
			}
			both, slow, lossy, free := open(), open(), open(), open()
			way := func(s ...stream) string {
				field := "ports"
				if direction == "ingress" {
					field = "localPorts"
				}
				var ports []string
				for _, one := range s {
					ports = append(ports, fmt.Sprintf(`"%d"`, one.port()))
				}
				return fmt.Sprintf(`,"direction":%q,"protocol":"udp",%q:[%s]`, direction, field, strings.Join(ports, ","))
			}
			const count, delay = 200, 400 * time.Millisecond
			a.must(t, networkFault("slow", mechanismQueue, `,"delayMs":400`+way(both, slow)))
			a.must(t, networkFault("lossy", mechanismQueue, `,"lossPercent":50`+way(both, lossy)))
			for _, test := range []struct {
				name        string
				s           stream
				slow, lossy bool
			}{{"both", both, true, true}, {"slow", slow, true, false}, {"lossy", lossy, false, true}, {"free", free, false, false}} {
				begun := time.Now()
				test.s.sendPaced(t, count)
				_, ok := test.s.receive(t, 5*time.Second)
				first := time.Since(begun)
				received := 1 + len(test.s.receiveAll(t, time.Second))
				t.Logf("%s: the first after %v, %d of %d", test.name, first, received, count)
				if !ok || test.slow != (first >= delay) || !test.slow && first > delay/2 {
					t.Errorf("%s: the first came after %v", test.name, first)
				}
				if !test.lossy && received != count || test.lossy && !near(received, count, 50) {
					t.Errorf("%s: %d of %d came", test.name, received, count)
				}
			}
			for _, id := range []string{"slow", "lossy"} {
				if status := a.status(t, id); !status.InEffect || status.Counters["packets"] != 2*count {
					t.Errorf("%s: %+v", id, status)
				}
			}
		})
	}
}

// The end of one of two faults neither loses nor lets go what the other holds, and lets go what it alone held.
func TestEndOfOneOfTwo(t *testing.T) {
	for _, direction := range []string{"egress", "ingress"} {
		t.Run(direction, func(t *testing.T) {
			w := newWire(t)
			a := startAgent(t, w.pod, carrierCapabilities)
			one, two := w.stream(t, 0), w.stream(t, 0)
			if direction == "ingress" {
				one, two = w.streamIn(t, 0), w.streamIn(t, 0)
			}
			one.findWay(t)
			field := map[string]string{"egress": "ports", "ingress": "localPorts"}[direction]
			filter := func(s stream) string {
				return fmt.Sprintf(`,"direction":%q,%q:["%d"]`, direction, field, s.port())
			}
			a.must(t, networkFault("one", mechanismQueue, `,"delayMs":60000`+filter(one)))
			a.must(t, networkFault("two", mechanismQueue, `,"delayMs":2000`+filter(two)))
			// a duplication, too, for all: what it adds to the first stream waits as its original does
			a.must(t, networkFault("all", mechanismQueue, fmt.Sprintf(`,"duplicatePercent":100,"protocol":"udp","direction":%q`, direction)))
			const count = 50
			begun := time.Now()
			for i := range count {
				one.send(t, i)
				two.send(t, i)
			}
			eventually(t, 5*time.Second, "all are held", func() bool {
				return a.status(t, "one").Counters["held"] == 2*count && a.status(t, "two").Counters["held"] == 2*count
			})
			a.must(t, `{"op":"stop","id":"one"}`)
			if received := len(one.receiveAll(t, quiet)); received != 2*count {
				t.Errorf("of the fault that ended %d came, expected %d", received, 2*count)
			}
			first, ok := two.receive(t, 5*time.Second)
			if held := time.Since(begun); !ok || first != 0 || held < 2*time.Second {
				t.Errorf("of the other fault packet %d came after %v (%v)", first, held, ok)
			}
			if received := 1 + len(two.receiveAll(t, time.Second)); received != 2*count {
				t.Errorf("of the other fault %d came, expected %d", received, 2*count)
			}
			a.must(t, `{"op":"stop","id":"two"}`)
			a.must(t, `{"op":"stop","id":"all"}`)
			if left := a.ask(t, `{"op":"list"}`).Leftovers; len(left) != 0 {
				t.Errorf("left: %+v", left)
			}
		})
	}
}

// A cut composes with what is there, by whatever mechanism, and its end leaves that as it was.
func TestCutBesideADelay(t *testing.T) {
	eachMechanism(t, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
		cut, slow := w.stream(t, 0), w.stream(t, 0)
		a.must(t, networkFault("slow", mechanism, `,"delayMs":300`))
		a.must(t, networkFault("cut", "auto", fmt.Sprintf(`,"lossPercent":100,"ports":["%d"]`, cut.port())))
		begun := time.Now()
		cut.send(t, 1)
		slow.send(t, 2)
		if _, ok := slow.receive(t, 5*time.Second); !ok || time.Since(begun) < 300*time.Millisecond {
			t.Errorf("received %v after %v", ok, time.Since(begun))
		}
		if _, ok := cut.receive(t, quiet); ok {
			t.Error("what is cut came")
		}
		a.must(t, `{"op":"stop","id":"cut"}`)
		begun = time.Now()
		cut.send(t, 3)
		if number, ok := cut.receive(t, 5*time.Second); !ok || number != 3 || time.Since(begun) < 300*time.Millisecond {
			t.Errorf("after the cut: %d, %v after %v", number, ok, time.Since(begun))
		}
	})
}

func TestSameImpairmentConflicts(t *testing.T) {
	w := newWire(t)
	a := startAgent(t, w.pod, carrierCapabilities)
	a.must(t, networkFault("first", mechanismQueue, `,"delayMs":50,"cidrs":["10.0.0.0/8"],"ports":["80"]`))
	for _, test := range []struct {
		more     string
		conflict bool
	}{
		{`,"delayMs":50`, true},
		{`,"delayMs":50,"direction":"both"`, true},
		{`,"delayMs":50,"cidrs":["10.1.0.0/16"],"ports":["1-100"],"protocol":"tcp"`, true},
		{`,"delayMs":50,"cidrs":["11.0.0.0/8"]`, false},
		{`,"delayMs":50,"ports":["81"]`, false},
		{`,"delayMs":50,"direction":"ingress"`, false},
		{`,"delayMs":50,"interface":"eth1"`, false},
		{`,"corruptPercent":50`, false},
	} {
		request := networkFault("second", mechanismQueue, test.more)
		if strings.Contains(test.more, `"interface"`) {
			request = strings.Replace(request, `"interface":"eth0",`, "", 1)
		}
		request = strings.Replace(request, `"second"`, fmt.Sprintf(`"second-%d"`, len(test.more)), 1)
		if !test.conflict {
			id := a.must(t, request).ID
			a.must(t, `{"op":"stop","id":"`+id+`"}`)
			continue
		}
		if r := a.refused(t, request, "conflict"); r.Error.ConflictsWith != "first" || !strings.Contains(r.Error.Message, "delay") {
			t.Errorf("%s: %+v", test.more, r.Error)
		}
	}
}

// A fault in a qdisc of the kernel's and one in a queue add up, for packets that go on by themselves and for copies.
func TestAQdiscAndAQueueAddUp(t *testing.T) {
	const delay = 100 * time.Millisecond
	slow := networkFault("slow", "auto", `,"delayMs":100`)
	rate := networkFault("rate", mechanismTbf, `,"rateBitsPerSecond":1600000,"burstBytes":10000,"queueBytes":100000`)
	for _, order := range [][]string{{rate, slow}, {strings.Replace(slow, "auto", mechanismQueue, 1), rate}} {
		t.Run(strings.Split(order[0], `"`)[7], func(t *testing.T) {
			w := newWire(t)
			a := startAgent(t, w.pod, carrierCapabilities)
			if ability := a.ask(t, `{"op":"abilities"}`).Network[mechanismTbf]; !ability.Usable {
				t.Skipf("tbf: %s", ability.Reason)
			}
			connections := w.connect(t, w.echo(t, podAddresses[0]), 1)
			connections.roundTrip(t)
			for _, request := range order {
				t.Log(a.must(t, request).Evidence)
			}
			if took := connections.roundTrip(t); took < delay {
				t.Errorf("a round trip took %v", took)
			}
			if took := echoed(t, connections[0], 300_000); took < 1400*time.Millisecond || took > 10*time.Second {
				t.Errorf("300 kB took %v", took)
			}
			a.must(t, `{"op":"stop","id":"rate"}`)
			if took := echoed(t, connections[0], 300_000); took < delay || took > 1400*time.Millisecond {
				t.Errorf("300 kB took %v without the limit", took)
			}
			a.must(t, `{"op":"stop","id":"slow"}`)
			if took := connections.roundTrip(t); took > undelayed {
				t.Errorf("a round trip took %v after the end", took)
			}
		})
	}
}

func TestAQdiscIsForOneFault(t *testing.T) {
	w := newWire(t)
	a := startAgent(t, w.pod, carrierCapabilities)
	if ability := a.ask(t, `{"op":"abilities"}`).Network[mechanismTbf]; !ability.Usable {
		t.Skipf("tbf: %s", ability.Reason)
	}
	rate := func(id, mechanism, port string) string {
		return networkFault(id, mechanism, `,"rateBitsPerSecond":1000000,"ports":["`+port+`"]`)
	}
	a.must(t, rate("first", mechanismTbf, "1"))
	if r := a.refused(t, rate("second", mechanismTbf, "2"), "occupied"); r.Error.ConflictsWith != "first" {
		t.Errorf("refused with %+v", r.Error)
	}
	if status := a.must(t, rate("third", "auto", "3")); status.Mechanism != mechanismQueue {
		t.Errorf("auto chose %s", status.Mechanism)
	}
}

// Every mechanism, in both directions where it can be: however the agent ends, nothing is left that does anything.
func TestNoImpairmentOutlivesTheAgent(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			for _, test := range []struct{ mechanism, more string }{
				{mechanismDrop, `,"lossPercent":100,"direction":"both"`},
				{mechanismQueue, `,"lossPercent":90,"duplicatePercent":50,"corruptPercent":50,"direction":"both"`},
				{mechanismTbf, `,"rateBitsPerSecond":1000,"burstBytes":1600,"queueBytes":1600`},
			} {
				t.Run(test.mechanism, func(t *testing.T) {
					w := newWire(t)
					a := startAgent(t, w.pod, carrierCapabilities)
					if ability := a.ask(t, `{"op":"abilities"}`).Network[test.mechanism]; !ability.Usable {
						t.Skipf("%s: %s", test.mechanism, ability.Reason)
					}
					foreign, roots := foreignRules(t, w.pod), rootKinds(t, w.pod)
					out, back := w.stream(t, 0), w.streamIn(t, 0)
					a.must(t, networkFault("orphan", test.mechanism, test.more))
					if received := len(out.exchange(t, 100)); received > 80 {
						t.Fatalf("%d of 100 came", received)
					}
					a.kill(signal)
					a.await(t, 5*time.Second)
					if left, came := len(out.exchange(t, 100)), len(back.exchange(t, 100)); left != 100 || came != 100 {
						t.Errorf("after %v %d of 100 left and %d came in", signal, left, came)
					}
					next := startAgent(t, w.pod, carrierCapabilities)
					next.must(t, `{"op":"stop","id":"orphan"}`)
					if left := next.ask(t, `{"op":"list"}`).Leftovers; len(left) > 0 {
						t.Errorf("left behind: %+v", left)
					}
					if after := foreignRulesNow(t, w.pod); after != foreign {
						t.Errorf("rules are now\n%s\nand were\n%s", after, foreign)
					}
					if after := rootKinds(t, w.pod); after != roots {
						t.Errorf("qdiscs are now %s, and were %s", after, roots)
					}
				})
			}
		})
	}
}
