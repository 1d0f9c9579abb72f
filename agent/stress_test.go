package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stressed is a stress process that burns.
type stressed struct {
	*process
	ready ready
	out   io.ReadCloser
}

func (a *testAgent) stressCommand(t *testing.T, id string, flags ...string) *exec.Cmd {
	t.Helper()
	return exec.Command(self(t), append([]string{
		"stress", "--id", id, "--agent-pid", strconv.Itoa(a.Process.Pid), "--socket", a.socket,
	}, flags...)...)
}

func (a *testAgent) stress(t *testing.T, id string, flags ...string) *stressed {
	t.Helper()
	command := a.stressCommand(t, id, flags...)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s := &stressed{process: start(t, command), out: out}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &s.ready)
	}
	if err != nil || s.ready.ID != id || s.ready.StartedAt == 0 {
		t.Fatalf("first line %q: %v", line, err)
	}
	return s
}

// use is of CPU time over a window, in cores.
type use struct {
	// got by all threads, as the kernel's clock of the process has it
	got float64
	// wanted by the busy threads: got, or waited for while others had the cores
	wanted float64
	// busy is how many threads burn
	busy int
}

func (s *stressed) use(t *testing.T, window time.Duration) use {
	t.Helper()
	before, begun := s.threadTimes(t), time.Now()
	gotBefore, err := cpuTime(s.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(window)
	gotAfter, err := cpuTime(s.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	after, elapsed := s.threadTimes(t), time.Since(begun)
	u := use{got: float64(gotAfter-gotBefore) / float64(elapsed)}
	ran := map[string]time.Duration{}
	var most time.Duration
	for thread := range after {
		ran[thread] = after[thread].ran - before[thread].ran
		most = max(most, ran[thread])
	}
	for thread := range after {
		wanted := float64(ran[thread]+after[thread].waited-before[thread].waited) / float64(elapsed)
		// The Go runtime's own threads may wait long to run, but run for moments only.
		if ran[thread]*4 > most && wanted > 0.1 {
			u.busy++
			u.wanted += wanted
		}
	}
	return u
}

// threadUse is how long a thread ran, and how long it waited to run.
type threadUse struct{ ran, waited time.Duration }

func (s *stressed) threadTimes(t *testing.T) map[string]threadUse {
	t.Helper()
	paths, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", s.Process.Pid))
	if err != nil || len(paths) == 0 {
		t.Fatalf("threads of %d: %v", s.Process.Pid, err)
	}
	times := map[string]threadUse{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			continue // the thread has ended
		}
		var ran, waited int64
		if _, err := fmt.Sscan(string(data), &ran, &waited); err != nil {
			t.Fatal(err)
		}
		times[path] = threadUse{time.Duration(ran), time.Duration(waited)}
	}
	return times
}

// On a busy machine a process gets less CPU time than it wants, never more.
func TestStressLoad(t *testing.T) {
	a := startAgent(t, currentNamespace(t), "")
	for _, test := range []struct {
		cores, load int
	}{{1, 100}, {2, 100}, {1, 50}, {2, 30}} {
		id := fmt.Sprintf("load-%d-%d", test.cores, test.load)
		t.Run(id, func(t *testing.T) {
			s := a.stress(t, id, "--cores", strconv.Itoa(test.cores), "--load", strconv.Itoa(test.load), "--ttl-ms", "60000")
			u := s.use(t, 1500*time.Millisecond)
			t.Logf("%+v", u)
			asked := float64(test.cores*test.load) / 100
			if u.wanted < asked*0.8 || u.got > asked*1.15 || u.busy != test.cores {
				t.Errorf("found %+v, expected about %.2f cores by %d threads", u, asked, test.cores)
			}
			status := a.status(t, id)
			if !status.InEffect || status.State != "active" || status.Kind != kindCPUStress ||
				status.Counters["workers"] != float64(test.cores) || status.Counters["cpuSeconds"] <= 0 {
				t.Errorf("status: %+v", status)
			}
			if s.ready.PID != s.Process.Pid {
				t.Errorf("pid %d, expected %d", s.ready.PID, s.Process.Pid)
			}
			stopped := a.must(t, `{"op":"stop","id":"`+id+`"}`)
			if stopped.InEffect || stopped.Reason != reasonStop {
				t.Errorf("after stop: %+v", stopped)
			}
			if code := s.await(t, time.Second); code != 0 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

func TestStressEnds(t *testing.T) {
	const long = "60000"
	for _, test := range []struct {
		name, ttl string
		end       func(a *testAgent, s *stressed)
		reason    string
		code      int
	}{
		{"at its deadline", "600", func(*testAgent, *stressed) {}, reasonDeadline, 0},
		{"by SIGTERM", long, func(_ *testAgent, s *stressed) { s.kill(syscall.SIGTERM) }, reasonSigterm, 0},
		{"lost", long, func(_ *testAgent, s *stressed) { s.kill(syscall.SIGKILL) }, reasonLost, -1},
		{"stopped while it cannot hear", "1500", func(_ *testAgent, s *stressed) { s.kill(syscall.SIGSTOP) }, reasonDeadline, -1},
		{"with its agent, killed", long, func(a *testAgent, _ *stressed) { a.kill(syscall.SIGKILL) }, "", 1},
		{"with its agent, ended", long, func(a *testAgent, _ *stressed) { a.kill(syscall.SIGTERM) }, "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := startAgent(t, currentNamespace(t), "")
			begun := time.Now()
			s := a.stress(t, "ends", "--cores", "1", "--ttl-ms", test.ttl)
			test.end(a, s)
			if code := s.await(t, 10*time.Second); code != test.code {
				t.Errorf("exit code %d, expected %d", code, test.code)
			}
			if test.reason == reasonDeadline && time.Since(begun) < 600*time.Millisecond {
				t.Errorf("it ended after %v", time.Since(begun))
			}
			if test.reason == "" {
				return
			}
			eventually(t, 5*time.Second, "the ledger has its end", func() bool { return a.status(t, "ends").State == "ended" })
			if status := a.status(t, "ends"); status.Reason != test.reason || status.InEffect || status.EndedAt == 0 {
				t.Errorf("status: %+v", status)
			}
		})
	}
}

func TestStressOutlivesItsStarter(t *testing.T) {
	a := startAgent(t, currentNamespace(t), "")
	s := a.stress(t, "alone", "--cores", "1", "--ttl-ms", "60000")
	if err := s.out.Close(); err != nil {
		t.Fatal(err)
	}
	s.kill(syscall.SIGHUP)
	s.kill(syscall.SIGPIPE)
	if u := s.use(t, 500*time.Millisecond); u.busy != 1 {
		t.Errorf("it uses %+v", u)
	}
	if children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", s.Process.Pid, s.Process.Pid)); err == nil && len(children) > 0 {
		t.Errorf("it has children: %s", children)
	}
}

func TestStressIDsAreUsedOnce(t *testing.T) {
	a := startAgent(t, currentNamespace(t), "")
	first := a.stress(t, "once", "--cores", "1", "--ttl-ms", "60000")
	second := a.stress(t, "once", "--cores", "1", "--ttl-ms", "60000")
	if second.ready != first.ready {
		t.Errorf("first %+v, second %+v", first.ready, second.ready)
	}
	if code := second.await(t, 5*time.Second); code != 0 {
		t.Errorf("the second: exit code %d", code)
	}
	if status := a.status(t, "once"); status.State != "active" || !status.InEffect {
		t.Errorf("status: %+v", status)
	}
	a.must(t, `{"op":"stop","id":"once"}`)
	code, line := refusedStress(t, a.stressCommand(t, "once", "--cores", "1", "--ttl-ms", "60000"))
	if code != 1 || line.Error.Code != "ended" {
		t.Errorf("exit code %d, %+v", code, line.Error)
	}
}

func refusedStress(t *testing.T, command *exec.Cmd) (int, Answer) {
	t.Helper()
	var out strings.Builder
	command.Stdout = &out
	code := start(t, command).await(t, 10*time.Second)
	var answer Answer
	if err := json.Unmarshal([]byte(out.String()), &answer); err != nil || answer.OK || answer.Error == nil {
		t.Fatalf("printed %q: %v", out.String(), err)
	}
	return code, answer
}

func TestStressIsRefused(t *testing.T) {
	a := startAgent(t, currentNamespace(t), "")
	for _, test := range []struct {
		name, code string
		command    *exec.Cmd
	}{
		{"no cores", "invalid", a.stressCommand(t, "x", "--ttl-ms", "1000")},
		{"too much load", "invalid", a.stressCommand(t, "x", "--cores", "1", "--ttl-ms", "1000", "--load", "101")},
		{"no deadline", "invalid", a.stressCommand(t, "x", "--cores", "1")},
		{"bad id", "invalid", a.stressCommand(t, "a_b", "--cores", "1", "--ttl-ms", "1000")},
		{"unknown flag", "invalid", a.stressCommand(t, "x", "--cores", "1", "--ttl-ms", "1000", "--what")},
		{"no agent", "invalid", exec.Command(self(t), "stress", "--id", "x", "--cores", "1", "--ttl-ms", "1000")},
		{"nobody listens", "not-listening", exec.Command(self(t), "stress", "--id", "x", "--cores", "1", "--ttl-ms", "1000",
			"--agent-pid", strconv.Itoa(os.Getpid()), "--socket", a.socket+"-none")},
	} {
		t.Run(test.name, func(t *testing.T) {
			if code, answer := refusedStress(t, test.command); code != 1 || answer.Error.Code != test.code {
				t.Errorf("exit code %d, %+v", code, answer.Error)
			}
		})
	}
	if faults := a.ask(t, `{"op":"list"}`).Faults; len(faults) != 0 {
		t.Errorf("the agent knows of %+v", faults)
	}
}
