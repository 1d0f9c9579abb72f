package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A start that comes after the stop of its id begins nothing: the stop's answer was the proof that the fault is gone.
func TestStartAfterItsStop(t *testing.T) {
	each(t, []string{mechanismDrop}, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
		start := fmt.Sprintf(`{"op":"start","id":"late","kind":"network","ttlMs":60000,"interface":"eth0","lossPercent":100,"mechanism":%q}`, mechanism)
		if status := a.must(t, `{"op":"stop","id":"late"}`); status.State != "unknown" || status.InEffect {
			t.Fatalf("a stop of what never began: %+v", status)
		}
		a.refused(t, start, "ended")
		if status := a.status(t, "late"); status.State != "unknown" || status.InEffect {
			t.Errorf("after the late start: %+v", status)
		}
		// Other ids are none of its business.
		a.must(t, strings.Replace(start, `"late"`, `"other"`, 1))
	})
}

// slowFault is in effect from the moment it begins to be put in place.
type slowFault struct{ reverted chan struct{} }

func (f *slowFault) readBack() readBack { return readBack{inEffect: true, evidence: "it is there"} }

func (f *slowFault) revert(reason string) (ending, error) {
	close(f.reverted)
	return ending{reason: reason}, nil
}

// A stop that comes while the fault is being put in place waits for that, and leaves nothing of it.
func TestStopDuringItsStart(t *testing.T) {
	begun, goOn := make(chan struct{}), make(chan struct{})
	slow := &slowFault{reverted: make(chan struct{})}
	kinds = append(kinds, kind{"slow", func(*input) (begin, error) {
		return func(*agent, string, time.Time) (started, error) {
			close(begun)
			<-goOn
			return started{fault: slow}, nil
		}, nil
	}})
	t.Cleanup(func() { kinds = kinds[:len(kinds)-1] })
	a := newAgent(newIdleClock(time.Minute))
	starts, stops := make(chan Answer, 1), make(chan Answer, 1)
	ask := func(answers chan Answer, request string) { answers <- a.handle([]byte(request)).(Answer) }
	go ask(starts, `{"op":"start","id":"slow-1","kind":"slow","ttlMs":60000}`)
	<-begun
	go ask(stops, `{"op":"stop","id":"slow-1"}`)
	eventually(t, 5*time.Second, "the stop has come in", func() bool { return a.ledger.isBarred("slow-1") })
	select {
	case answer := <-stops:
		t.Fatalf("the stop did not wait for the start under way: %+v", answer)
	case <-time.After(50 * time.Millisecond):
	}
	close(goOn)
	if answer := <-starts; answer.OK || answer.Error.Code != "ended" {
		t.Errorf("the start that was overtaken: %+v", answer)
	}
	<-slow.reverted
	if answer := <-stops; !answer.OK || answer.Fault.InEffect || answer.Fault.State != "unknown" {
		t.Errorf("the stop: %+v", answer)
	}
	if held := a.ledger.active(); len(held) != 0 {
		t.Errorf("held: %+v", held)
	}
}

// The end is by the agent's own clock, which the asker has read before: what is held up on its way ends no later for it.
func TestEndsBy(t *testing.T) {
	each(t, []string{mechanismDrop}, func(t *testing.T, w *wire, a *testAgent, mechanism string) {
		start := func(id string, endsBy int64) string {
			return fmt.Sprintf(`{"op":"start","id":%q,"kind":"network","ttlMs":60000,"endsBy":%d,"interface":"eth0","lossPercent":100,"mechanism":%q}`,
				id, endsBy, mechanism)
		}
		now := a.ask(t, `{"op":"ping"}`).Now
		if off := time.Since(time.UnixMilli(now)).Abs(); off > 5*time.Second {
			t.Fatalf("a ping says it is %v, which is off by %v", time.UnixMilli(now), off)
		}
		a.refused(t, start("past", now-1), "late")
		if status := a.status(t, "past"); status.State != "unknown" || status.InEffect {
			t.Errorf("after the late start: %+v", status)
		}
		status := a.must(t, start("short", now+700))
		if status.EndsAt > now+710 {
			t.Errorf("it ends %d ms after the reading of the clock, expected 700", status.EndsAt-now)
		}
		eventually(t, 5*time.Second, "the fault has ended", func() bool { return a.status(t, "short").State == "ended" })
		if ended := a.status(t, "short"); ended.Reason != reasonDeadline || ended.InEffect {
			t.Errorf("after its end: %+v", ended)
		}
		// Never later than the duration says.
		long := a.must(t, strings.Replace(start("long", now+3_600_000), `"ttlMs":60000`, `"ttlMs":700`, 1))
		if long.EndsAt > time.Now().UnixMilli()+700 {
			t.Errorf("it ends at %d, expected 700 ms from its start", long.EndsAt)
		}
	})
}

// A load that begins late is refused by its agent, and begins nothing.
func TestLateStress(t *testing.T) {
	space := currentNamespace(t)
	a := startAgent(t, space, "")
	stress := func(id string, flags ...string) (line string, code int) {
		arguments := append([]string{"stress", "--id", id, "--kind", "cpu", "--cores", "1", "--ttl-ms", "60000", "--agent-pid", strconv.Itoa(a.Process.Pid),
			"--socket", a.socket}, flags...)
		command := exec.Command(self(t), arguments...)
		command.Env = append(os.Environ(), beAgent+"=1")
		out, err := command.Output()
		if err == nil {
			t.Fatalf("it has begun: %s", out)
		}
		return string(out), command.ProcessState.ExitCode()
	}
	a.must(t, `{"op":"stop","id":"stopped"}`)
	for id, expected := range map[string]string{"stopped": "ended", "past": "late"} {
		flags := map[string][]string{"past": {"--ends-by", strconv.FormatInt(time.Now().UnixMilli()-1, 10)}}[id]
		line, code := stress(id, flags...)
		var answer Answer
		if err := json.Unmarshal([]byte(line), &answer); err != nil || answer.OK || answer.Error.Code != expected || code != 1 {
			t.Errorf("%s: exit code %d, %q, expected a refusal %s", id, code, line, expected)
		}
		if processes, err := stressProcesses(id); err != nil || len(processes) != 0 {
			t.Errorf("%s: processes %v, %v", id, processes, err)
		}
	}
	if a.ProcessState != nil {
		t.Error("the agent has ended")
	}
	a.kill(syscall.SIGTERM)
}
