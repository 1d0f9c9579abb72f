package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netns"
)

// networkFault is a request for a fault of the network on eth0; more are further fields, each with a comma before it.
func networkFault(id, mechanism, more string) string {
	return fmt.Sprintf(`{"op":"start","id":%q,"kind":"network","ttlMs":60000,"interface":"eth0","mechanism":%q%s}`, id, mechanism, more)
}

// impaired runs a test for every mechanism that is to have it, in each direction it is for. Only UDP is touched: the
// kernel itself now and then sends something else.
func impaired(t *testing.T, test func(t *testing.T, a *testAgent, mechanism, direction string, s stream)) {
	impairedWithin(t, func(t *testing.T, _ netns.NsHandle, a *testAgent, mechanism, direction string, s stream) {
		test(t, a, mechanism, direction, s)
	})
}

// impairedWithin tells the test the network namespace of the receiver, too.
func impairedWithin(t *testing.T, test func(t *testing.T, receiver netns.NsHandle, a *testAgent, mechanism, direction string, s stream)) {
	for _, direction := range []string{"egress", "ingress"} {
		t.Run(direction, func(t *testing.T) {
			eachMechanism(t, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
				s, receiver := w.stream(t, 0), w.peer
				if direction == "ingress" {
					if mechanism == mechanismNetem {
						a.refused(t, networkFault("in", mechanism, `,"delayMs":10,"direction":"ingress"`), "unsupported")
						return
					}
					s, receiver = w.streamIn(t, 0), w.pod
				}
				test(t, receiver, a, mechanism, fmt.Sprintf(`,"protocol":"udp","direction":%q`, direction), s)
			})
		})
	}
}

// sendPaced sends numbers, no faster than the receiver's buffer and the kernel's queue can take.
func (s stream) sendPaced(t *testing.T, count int) {
	t.Helper()
	for i := range count {
		s.send(t, i)
		if i%50 == 49 {
			time.Sleep(2 * time.Millisecond)
		}
	}
}

// receiveAll gives all numbers that come until none has come for so long.
func (s stream) receiveAll(t *testing.T, quiet time.Duration) []int {
	t.Helper()
	var all []int
	for {
		number, ok := s.receive(t, quiet)
		if !ok {
			return all
		}
		all = append(all, number)
	}
}

// exchange sends numbers and gives those that come.
func (s stream) exchange(t *testing.T, count int) []int {
	t.Helper()
	received := make(chan []int)
	go func() { received <- s.receiveAll(t, time.Second) }()
	s.sendPaced(t, count)
	return <-received
}

const quiet = 300 * time.Millisecond

// near tells whether a count is what a chance gives: five standard deviations, so once in millions it is not.
func near(count, of int, percent float64) bool {
	p := percent / 100
	return math.Abs(float64(count)-float64(of)*p) <= 5*math.Sqrt(float64(of)*p*(1-p))+1
}

func TestLoss(t *testing.T) {
	impaired(t, func(t *testing.T, a *testAgent, mechanism, direction string, s stream) {
		const count = 2000
		a.must(t, networkFault("loss", mechanism, `,"lossPercent":30`+direction))
		lost := count - len(s.exchange(t, count))
		status := a.must(t, `{"op":"stop","id":"loss"}`)
		t.Logf("%d of %d lost; %+v", lost, count, status.Counters)
		if !near(lost, count, 30) {
			t.Errorf("%d of %d were lost, expected about 30%%", lost, count)
		}
		if mechanism == mechanismQueue && int(status.Counters["lost"]) != lost {
			t.Errorf("it counted %v lost, %d did not arrive", status.Counters["lost"], lost)
		}
		if after := len(s.exchange(t, 200)); after != 200 {
			t.Errorf("after the end %d of 200 arrived", after)
		}
	})
}

func TestDuplication(t *testing.T) {
	impaired(t, func(t *testing.T, a *testAgent, mechanism, direction string, s stream) {
		const count = 2000
		s.findWay(t)
		a.must(t, networkFault("double", mechanism, `,"duplicatePercent":20`+direction))
		received := s.exchange(t, count)
		t.Logf("%d arrived of %d; %+v", len(received), count, a.status(t, "double").Counters)
		if !near(len(received)-count, count, 20) {
			t.Errorf("%d arrived of %d, expected a fifth more", len(received), count)
		}
		times := map[int]int{}
		for _, number := range received {
			times[number]++
		}
		for number := range count {
			if times[number] != 1 && times[number] != 2 {
				t.Fatalf("packet %d came %d times", number, times[number])
			}
		}
	})
}

// UDP's checksum finds one flipped bit always, so what is damaged does not arrive.
func TestCorruption(t *testing.T) {
	impairedWithin(t, func(t *testing.T, receiver netns.NsHandle, a *testAgent, mechanism, direction string, s stream) {
		const count = 2000
		a.must(t, networkFault("bits", mechanism, `,"corruptPercent":25`+direction))
		received := s.exchange(t, count)
		status := a.status(t, "bits")
		t.Logf("%d arrived of %d; %+v", len(received), count, status.Counters)
		if !near(count-len(received), count, 25) {
			t.Errorf("%d arrived undamaged of %d, expected three quarters", len(received), count)
		}
		if wrong := checksumErrors(t, receiver); wrong != count-len(received) && mechanism == mechanismQueue {
			t.Errorf("the receiver has seen %d wrong checksums, %d packets did not arrive", wrong, count-len(received))
		}
		if !slices.IsSorted(received) {
			t.Error("damage changed their order or numbers")
		}
		if mechanism == mechanismQueue && int(status.Counters["corrupted"]) != count-len(received) {
			t.Errorf("%v were damaged, %d did not arrive", status.Counters["corrupted"], count-len(received))
		}
	})
}

// checksumErrors is how many UDP packets a network namespace has thrown away for their checksum.
func checksumErrors(t *testing.T, space netns.NsHandle) int {
	t.Helper()
	return in(t, space, func() (int, error) {
		text, err := os.ReadFile("/proc/thread-self/net/snmp")
		if err != nil {
			return 0, err
		}
		var names, values []string
		for line := range strings.Lines(string(text)) {
			if fields := strings.Fields(line); fields[0] == "Udp:" {
				names, values = values, fields
			}
		}
		column := slices.Index(names, "InCsumErrors")
		if column < 0 {
			return 0, fmt.Errorf("no InCsumErrors among %q", names)
		}
		return strconv.Atoi(values[column])
	})
}

func TestReordering(t *testing.T) {
	impaired(t, func(t *testing.T, a *testAgent, mechanism, direction string, s stream) {
		const count = 1000
		a.must(t, networkFault("order", mechanism, `,"delayMs":100,"reorderPercent":25`+direction))
		received := s.exchange(t, count)
		if len(received) != count {
			t.Fatalf("%d of %d arrived", len(received), count)
		}
		overtook, last := 0, -1
		for _, number := range received {
			if number < last {
				overtook++
			}
			last = max(last, number)
		}
		t.Logf("%d came after a later one", overtook)
		if overtook < count/2 {
			t.Errorf("%d of %d were overtaken", overtook, count)
		}
	})
}

func TestShareOfDelay(t *testing.T) {
	impaired(t, func(t *testing.T, a *testAgent, mechanism, direction string, s stream) {
		// A sender has no more than this under way.
		const count = 200
		a.must(t, networkFault("share", mechanism, `,"delayMs":2000,"sharePercent":40`+direction))
		soon := len(s.exchange(t, count))
		t.Logf("%d came at once", soon)
		if !near(soon, count, 60) {
			t.Errorf("%d of %d came at once, expected 60%%", soon, count)
		}
		if late := len(s.receiveAll(t, 2*time.Second)); late != count-soon {
			t.Errorf("%d came later, expected the other %d", late, count-soon)
		}
	})
}

func TestCorrelatedLossComesInRuns(t *testing.T) {
	eachMechanism(t, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
		s := w.stream(t, 0)
		const count = 3000
		a.must(t, networkFault("runs", mechanism, `,"lossPercent":50,"correlationPercent":80`))
		received := s.exchange(t, count)
		arrived := map[int]bool{}
		for _, number := range received {
			arrived[number] = true
		}
		changes := 0
		for number := 1; number < count; number++ {
			if arrived[number] != arrived[number-1] {
				changes++
			}
		}
		t.Logf("%d arrived, with %d changes", len(received), changes)
		// Without a correlation half of all would be changes.
		if changes > count/3 || changes < 10 {
			t.Errorf("%d changes between lost and not among %d", changes, count)
		}
	})
}

func TestRateLimit(t *testing.T) {
	for _, direction := range []string{"egress", "ingress"} {
		t.Run(direction, func(t *testing.T) {
			each(t, []string{mechanismTbf, mechanismQueue}, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
				if direction == "ingress" && mechanism == mechanismTbf {
					a.refused(t, networkFault("in", mechanism, `,"rateBitsPerSecond":1000000,"direction":"ingress"`), "unsupported")
					return
				}
				client := w.connect(t, w.echo(t, podAddresses[0]), 1)[0]
				before := echoed(t, client, 100_000)
				status := a.must(t, networkFault("rate", mechanism, `,"rateBitsPerSecond":1600000,"burstBytes":10000,"queueBytes":100000,"direction":"`+direction+`"`))
				during := echoed(t, client, 300_000)
				t.Logf("100 kB in %v before, 300 kB in %v under %s", before, during, status.Evidence)
				// 200,000 bytes a second; what the bucket holds goes at once, headers and acknowledgements count too
				if least := 1400 * time.Millisecond; during < least {
					t.Errorf("300 kB took %v, expected at least %v", during, least)
				}
				if most := 6 * time.Second; during > most {
					t.Errorf("300 kB took %v, expected about 1.6 s", during)
				}
				a.must(t, `{"op":"stop","id":"rate"}`)
				if after := echoed(t, client, 100_000); after > 400*time.Millisecond {
					t.Errorf("100 kB took %v after the end", after)
				}
			})
		})
	}
}

func TestRateLimitDropsWhatItsQueueCannotHold(t *testing.T) {
	each(t, []string{mechanismTbf, mechanismQueue}, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
		s := w.stream(t, 0)
		a.must(t, networkFault("rate", mechanism, `,"rateBitsPerSecond":80000,"burstBytes":2000,"queueBytes":2000`))
		// Each is 46 bytes with its headers; 2000 in the bucket, and 2000 in the queue.
		received := s.exchange(t, 300)
		t.Logf("%d of 300 arrived", len(received))
		if len(received) < 80 || len(received) > 130 {
			t.Errorf("%d of 300 arrived, expected about 87", len(received))
		}
	})
}

// echoed sends so many bytes, and gives how long it took for them to come back.
func echoed(t *testing.T, client interface {
	Read([]byte) (int, error)
	Write([]byte) (int, error)
	SetDeadline(time.Time) error
}, bytes int,
) time.Duration {
	t.Helper()
	begun := time.Now()
	if err := client.SetDeadline(begun.Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = client.Write(make([]byte, bytes)) }()
	buffer := make([]byte, 64<<10)
	for left := bytes; left > 0; {
		n, err := client.Read(buffer)
		if err != nil {
			t.Fatalf("%d bytes have not come back: %v", left, err)
		}
		left -= n
	}
	return time.Since(begun)
}

func TestPartition(t *testing.T) {
	for _, direction := range []string{"egress", "ingress", "both"} {
		t.Run(direction, func(t *testing.T) {
			each(t, []string{"auto", mechanismDrop, mechanismQueue}, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
				out, back := w.stream(t, 0), w.streamIn(t, 0)
				status := a.must(t, networkFault("cut", mechanism, `,"lossPercent":100,"protocol":"udp","direction":"`+direction+`"`))
				if mechanism == "auto" && status.Mechanism != mechanismDrop {
					t.Errorf("auto chose %s", status.Mechanism)
				}
				// The sender is told nothing: on a network nobody is.
				for i := range 20 {
					out.send(t, i)
					back.send(t, i)
				}
				left, came := len(out.receiveAll(t, quiet)), len(back.receiveAll(t, quiet))
				if expected := map[string][2]int{"egress": {0, 20}, "ingress": {20, 0}, "both": {0, 0}}[direction]; left != expected[0] || came != expected[1] {
					t.Errorf("%d left and %d came in, expected %v", left, came, expected)
				}
				status = a.must(t, `{"op":"stop","id":"cut"}`)
				if want := map[string]float64{"egress": 20, "ingress": 20, "both": 40}[direction]; status.Counters["lost"] != want {
					t.Errorf("it counted %v, expected %v lost", status.Counters, want)
				}
				if out, back := len(out.exchange(t, 20)), len(back.exchange(t, 20)); out != 20 || back != 20 {
					t.Errorf("after the end %d left and %d came in", out, back)
				}
			})
		})
	}
}

func TestDropIsRefusedForLess(t *testing.T) {
	w := newWire(t)
	a := startAgent(t, w.pod, carrierCapabilities)
	for _, more := range []string{`,"lossPercent":99`, `,"delayMs":5`} {
		if r := a.refused(t, networkFault("less", mechanismDrop, more), "unsupported"); !strings.Contains(r.Error.Message, "every packet") {
			t.Errorf("%s: %s", more, r.Error.Message)
		}
	}
	if err := a.ask(t, `{"op":"list"}`).Leftovers; len(err) != 0 {
		t.Errorf("left: %+v", err)
	}
}

func TestContradictions(t *testing.T) {
	w := newWire(t)
	a := startAgent(t, w.pod, carrierCapabilities)
	for _, test := range []struct{ more, field string }{
		{``, "delayMs"},
		{`,"delayMs":0`, "delayMs"},
		{`,"delayMs":-1`, "delayMs"},
		{`,"delayMs":"5ms"`, "delayMs"},
		{`,"delayMs":10,"jitterMs":11`, "jitterMs"},
		{`,"jitterMs":11,"lossPercent":1`, "jitterMs"},
		{`,"lossPercent":100.1`, "lossPercent"},
		{`,"lossPercent":100,"delayMs":5`, "lossPercent"},
		{`,"reorderPercent":5,"lossPercent":5`, "reorderPercent"},
		{`,"delayMs":10,"reorderGap":5`, "reorderGap"},
		{`,"delayMs":10,"reorderPercent":5,"sharePercent":50`, "sharePercent"},
		{`,"lossPercent":10,"sharePercent":50`, "sharePercent"},
		{`,"delayMs":10,"burstBytes":5000`, "burstBytes"},
		{`,"delayMs":10,"queueBytes":5000`, "queueBytes"},
		{`,"rateBitsPerSecond":10`, "rateBitsPerSecond"},
		{`,"rateBitsPerSecond":10000,"burstBytes":100`, "burstBytes"},
		{`,"delayMs":10,"direction":"sideways"`, "direction"},
		{`,"delayMs":10,"protocol":"sctp"`, "protocol"},
		{`,"delayMs":10,"mechanism":"magic"`, "mechanism"},
		{`,"delayMs":10,"cidrs":["10.0.0.256"]`, "cidrs"},
		{`,"delayMs":10,"cidrs":["10.0.0.1/8"]`, "cidrs"},
		{`,"delayMs":10,"cidrs":"10.0.0.1"`, "cidrs"},
		{`,"delayMs":10,"cidrs":["10.0.0.1"],"exceptCidrs":["10.0.0.0/8"]`, "exceptCidrs"},
		{`,"delayMs":10,"ports":["0"]`, "ports"},
		{`,"delayMs":10,"ports":["70000"]`, "ports"},
		{`,"delayMs":10,"ports":["20-10"]`, "ports"},
		{`,"delayMs":10,"ports":[80]`, "ports"},
		{`,"delayMs":10,"ports":["80"],"exceptPorts":["1-100"]`, "exceptPorts"},
		{`,"delayMs":10,"ports":["80"],"protocol":"icmp"`, "ports"},
		{`,"delayMs":10,"hosts":["no such"]`, "hosts"},
		{`,"delayMs":10,"hosts":["name.invalid"]`, "hosts"},
		{`,"delayMs":10,"colour":"red"`, "colour"},
	} {
		request := strings.Replace(networkFault("bad", "auto", test.more), `"mechanism":"auto",`, "", 1)
		if strings.Contains(test.more, "mechanism") {
			request = strings.Replace(networkFault("bad", "auto", test.more), `,"mechanism":"auto"`, "", 1)
		}
		r := a.refused(t, request, "invalid")
		if r.Error.Field != test.field || r.Error.Found == "" || r.Error.Expected == "" {
			t.Errorf("%s: %+v", test.more, r.Error)
		}
	}
	if left := a.ask(t, `{"op":"list"}`); len(left.Faults) != 0 || len(left.Leftovers) != 0 {
		t.Errorf("left: %+v", left)
	}
}

// What others have put there is there after as before.
func TestForeignRulesAndQdiscsStay(t *testing.T) {
	w := newWire(t)
	a := startAgent(t, w.pod, carrierCapabilities)
	foreign := foreignRules(t, w.pod)
	before := rootKinds(t, w.pod)
	for i, more := range []string{
		`,"delayMs":1`, `,"lossPercent":100,"direction":"both"`, `,"rateBitsPerSecond":1000000`, `,"duplicatePercent":1,"direction":"ingress"`,
	} {
		id := fmt.Sprintf("fault-%d", i)
		a.must(t, networkFault(id, "auto", more))
		a.must(t, `{"op":"stop","id":"`+id+`"}`)
	}
	if after := foreignRulesNow(t, w.pod); after != foreign {
		t.Errorf("the rules of others are now\n%s\nand were\n%s", after, foreign)
	}
	if after := rootKinds(t, w.pod); after != before {
		t.Errorf("the root qdiscs are now %s, and were %s", after, before)
	}
}
