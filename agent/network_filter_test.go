package main

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// Every filter is tried by nf_tables in the mechanism drop, and once more by the agent in nfqueue.
func TestFilters(t *testing.T) {
	each(t, []string{mechanismDrop, mechanismQueue}, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
		out, in4 := w.stream(t, 0), w.streamIn(t, 0)
		out6 := newStream(t, w.pod, w.peer, "[fd77:0::2]:0")
		port, other := out.port(), out.port()+1
		if other > 65535 {
			other = port - 1
		}
		local := out.from.LocalAddr().(*net.UDPAddr).Port
		for i, test := range []struct {
			filter string
			// which of the streams out, in and out by IPv6 are cut
			cut [3]bool
		}{
			{`,"protocol":"udp"`, [3]bool{true, true, true}},
			{`,"protocol":"tcp"`, [3]bool{}},
			{`,"protocol":"icmp"`, [3]bool{}},
			{`,"cidrs":["10.77.0.2"]`, [3]bool{true, true, false}},
			{`,"cidrs":["10.77.0.0/24","192.0.2.1"]`, [3]bool{true, true, false}},
			{`,"cidrs":["10.77.0.3","10.77.1.0/24"]`, [3]bool{}},
			{`,"cidrs":["fd77::/16"]`, [3]bool{false, false, true}},
			{`,"cidrs":["0.0.0.0/0"]`, [3]bool{true, true, false}},
			{`,"protocol":"udp","exceptCidrs":["10.77.0.2/32"]`, [3]bool{false, false, true}},
			{`,"cidrs":["10.77.0.0/24","fd77::/16"],"exceptCidrs":["10.77.0.2"]`, [3]bool{false, false, true}},
			{fmt.Sprintf(`,"cidrs":["10.77.0.2"],"ports":["%d"]`, port), [3]bool{true, false, false}},
			{fmt.Sprintf(`,"cidrs":["10.77.0.2"],"ports":["1","%d-%d"]`, port, port), [3]bool{true, false, false}},
			{fmt.Sprintf(`,"ports":["%d"],"protocol":"tcp"`, port), [3]bool{}},
			{fmt.Sprintf(`,"cidrs":["10.77.0.2"],"exceptPorts":["%d"]`, port), [3]bool{false, true, false}},
			{fmt.Sprintf(`,"cidrs":["10.77.0.2"],"localPorts":["%d"]`, local), [3]bool{true, false, false}},
			{fmt.Sprintf(`,"cidrs":["10.77.0.2"],"localPorts":["%d"]`, in4.port()), [3]bool{false, true, false}},
			{`,"hosts":["10.77.0.2"]`, [3]bool{true, true, false}},
		} {
			id := fmt.Sprintf("filter-%d", i)
			status := a.must(t, networkFault(id, mechanism, `,"lossPercent":100,"direction":"both"`+test.filter))
			for number := range 3 {
				out.send(t, number)
				in4.send(t, number)
				out6.send(t, number)
			}
			lost := 0.0
			for _, cut := range test.cut {
				if cut {
					lost += 3
				}
			}
			eventually(t, 5*time.Second, fmt.Sprintf("%s: %v packets are lost", test.filter, lost), func() bool {
				counted := a.status(t, id).Counters["lost"]
				// The kernel itself sends some ICMPv6: it reports the multicast groups it listens to.
				return counted == lost || counted > lost && strings.Contains(test.filter, "icmp")
			})
			a.must(t, `{"op":"stop","id":"`+id+`"}`)
			// What was sent after the end comes behind what was sent before it, if that comes.
			for name, s := range map[int]stream{0: out, 1: in4, 2: out6} {
				s.send(t, 99)
				var received []int
				for {
					number, ok := s.receive(t, 10*time.Second)
					if !ok {
						t.Fatalf("%s: nothing came after the end", test.filter)
					}
					if number == 99 {
						break
					}
					received = append(received, number)
				}
				if cut := len(received) == 0; cut != test.cut[name] || !cut && len(received) != 3 {
					t.Errorf("%s: stream %d: %v came, expected cut: %v; %s", test.filter, name, received, test.cut[name], status.Evidence)
				}
			}
		}
	})
}

// What no filter chooses never reaches the agent.
func TestUnmatchedPacketsStayInTheKernel(t *testing.T) {
	w := newWire(t)
	a := startAgent(t, w.pod, carrierCapabilities)
	s := w.stream(t, 0)
	a.must(t, networkFault("elsewhere", mechanismQueue, `,"delayMs":1000,"cidrs":["10.77.0.9"]`))
	if received := len(s.exchange(t, 100)); received != 100 {
		t.Errorf("%d of 100 came", received)
	}
	if status := a.status(t, "elsewhere"); status.Counters["packets"] != 0 {
		t.Errorf("it saw %v", status.Counters)
	}
}

func TestUnknownHostIsNamed(t *testing.T) {
	a := startAgent(t, newWire(t).pod, carrierCapabilities)
	r := a.refused(t, networkFault("host", "auto", `,"delayMs":10,"hosts":["10.77.0.2","nowhere.invalid"]`), "invalid")
	if r.Error.Field != "hosts" || !strings.Contains(r.Error.Found, "nowhere.invalid") {
		t.Errorf("refused with %+v", r.Error)
	}
}

func TestTooManyCombinations(t *testing.T) {
	a := startAgent(t, newWire(t).pod, carrierCapabilities)
	list := func(format string) string {
		var words []string
		for i := range 40 {
			words = append(words, fmt.Sprintf(format, i+1))
		}
		return strings.Join(words, ",")
	}
	request := networkFault("many", "auto", `,"delayMs":10,"cidrs":[`+list(`"10.0.0.%d"`)+`],"ports":[`+list(`"%d"`)+`]`)
	if r := a.refused(t, request, "invalid"); r.Error.Field != "cidrs" || !strings.Contains(r.Error.Message, "3201") {
		t.Errorf("refused with %+v", r.Error)
	}
}
