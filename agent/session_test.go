package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// testSession is a session process, and what it said.
type testSession struct {
	*process
	in    io.WriteCloser
	lines chan sessionLine
}

type sessionLine struct {
	Answer
	Seq   json.RawMessage
	Event string
	PID   int
}

func (a *testAgent) session(t *testing.T, flags ...string) *testSession {
	t.Helper()
	command := exec.Command(self(t), append([]string{"session", "--socket", a.socket}, flags...)...)
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	// not StdoutPipe, which Wait closes before all of it is read
	reader, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stdout = out
	s := &testSession{in: in, lines: make(chan sessionLine, 1000)}
	s.process = start(t, command)
	out.Close()
	go func() {
		defer close(s.lines)
		for scanner := bufio.NewScanner(reader); scanner.Scan(); {
			var line sessionLine
			if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
				t.Errorf("line %q: %v", scanner.Text(), err)
			}
			s.lines <- line
		}
	}()
	if line := s.next(t); line.Event != "open" || line.PID != a.Process.Pid {
		t.Fatalf("first line %+v, expected the agent %d to open", line, a.Process.Pid)
	}
	return s
}

func (s *testSession) say(t *testing.T, lines ...string) {
	t.Helper()
	if _, err := io.WriteString(s.in, strings.Join(lines, "\n")+"\n"); err != nil {
		t.Fatal(err)
	}
}

func (s *testSession) next(t *testing.T) sessionLine {
	t.Helper()
	select {
	case line, open := <-s.lines:
		if !open {
			t.Fatal("the session has ended")
		}
		return line
	case <-time.After(5 * time.Second):
		t.Fatal("no line after 5 s")
		return sessionLine{}
	}
}

func TestSessionAnswersEachRequestBySeq(t *testing.T) {
	a := startAgent(t, currentNamespace(t), "")
	s := a.session(t)
	var lines []string
	for n := range 200 {
		lines = append(lines, fmt.Sprintf(`{"seq":%d,"op":"status","id":"f-%d"}`, n, n))
	}
	s.say(t, lines...)
	seen := map[string]bool{}
	for range lines {
		line := s.next(t)
		if !line.OK || line.Fault == nil || line.Fault.ID != "f-"+string(line.Seq) {
			t.Fatalf("found %+v, expected the answer to seq %s", line, line.Seq)
		}
		seen[string(line.Seq)] = true
	}
	if len(seen) != len(lines) {
		t.Errorf("%d answers to %d requests", len(seen), len(lines))
	}
	s.say(t, `{"seq":"p","op":"ping"}`)
	if line := s.next(t); !line.OK || string(line.Seq) != `"p"` {
		t.Errorf("ping: %+v", line)
	}
	for request, code := range map[string]string{
		`nonsense`:                     "invalid",
		`{"seq":1}`:                    "invalid",
		`{"seq":1,"op":"ping","x":1}`:  "invalid",
		`{"seq":1,"op":"session"}`:     "invalid",
		`{"seq":1,"op":"start","a":1}`: "invalid",
	} {
		s.say(t, request)
		if line := s.next(t); line.OK || line.Error == nil || line.Error.Code != code {
			t.Errorf("%s: %+v", request, line)
		}
	}
}

func TestSessionTellsOfEveryEnd(t *testing.T) {
	a := startAgent(t, currentNamespace(t), "")
	first, second := a.session(t), a.session(t)
	stopped := a.stress(t, "stopped", "--cores", "1", "--ttl-ms", "60000")
	a.stress(t, "short", "--cores", "1", "--ttl-ms", "700")
	killed := a.stress(t, "killed", "--cores", "1", "--ttl-ms", "60000")
	first.say(t, `{"seq":1,"op":"stop","id":"stopped"}`)
	stopped.await(t, 5*time.Second)
	killed.kill(syscall.SIGKILL)
	for name, s := range map[string]*testSession{"first": first, "second": second} {
		reasons := map[string]string{}
		for len(reasons) < 3 {
			line := s.next(t)
			if line.Event == "" {
				continue
			}
			if line.Event != "ended" || line.Fault == nil || line.Fault.InEffect || line.Fault.State != "ended" {
				t.Fatalf("%s: %+v", name, line)
			}
			reasons[line.Fault.ID] = line.Fault.Reason
		}
		expected := map[string]string{"stopped": reasonStop, "short": reasonDeadline, "killed": reasonLost}
		for id, reason := range expected {
			if reasons[id] != reason {
				t.Errorf("%s: fault %s ended by %q, expected %q", name, id, reasons[id], reason)
			}
		}
	}
}

func TestSessionEnds(t *testing.T) {
	for _, test := range []struct {
		name  string
		flags []string
		end   func(a *testAgent, s *testSession)
	}{
		{"with its input, after it has answered", nil, func(_ *testAgent, s *testSession) {
			s.say(t, `{"seq":7,"op":"ping"}`)
			s.in.Close()
			if line := s.next(t); string(line.Seq) != "7" || !line.OK {
				t.Errorf("found %+v", line)
			}
		}},
		{"when no request comes", []string{"--idle-timeout", "200ms"}, func(*testAgent, *testSession) {}},
		{"with its agent", nil, func(a *testAgent, _ *testSession) { a.kill(syscall.SIGKILL) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := startAgent(t, currentNamespace(t), "")
			s := a.session(t, test.flags...)
			test.end(a, s)
			if code := s.await(t, 5*time.Second); code != 0 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

func TestSessionWithoutAgent(t *testing.T) {
	var out, errors strings.Builder
	command := exec.Command(self(t), "session", "--socket", t.TempDir()+"/none")
	command.Stdout, command.Stderr = &out, &errors
	if code := start(t, command).await(t, 10*time.Second); code != 1 || !strings.Contains(errors.String(), "no agent listens") {
		t.Errorf("exit code %d, %q %q", code, out.String(), errors.String())
	}
}
