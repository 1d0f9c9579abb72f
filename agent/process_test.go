package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// container is a PID namespace with a shell as PID 1, as a target container has.
type container struct {
	*exec.Cmd
	// first is PID 1, as this namespace knows it
	first int
	lines chan string
}

func startContainer(t *testing.T, script string) *container {
	t.Helper()
	needRoot(t)
	command := exec.Command("unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "--", "sh", "-c", script)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	c := &container{Cmd: command, lines: make(chan string, 10_000)}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	go func() {
		defer close(c.lines)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			c.lines <- scanner.Text()
		}
	}()
	c.expect(t, "ready")
	c.first = onlyChild(t, command.Process.Pid)
	return c
}

// onlyChild waits for the child of a program that exists to have one.
func onlyChild(t *testing.T, parent int) (child int) {
	t.Helper()
	eventually(t, 5*time.Second, "it has a child", func() bool {
		lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent)) // by the thread that started it
		if err != nil {
			t.Fatal(err)
		}
		for _, list := range lists {
			data, err := os.ReadFile(list)
			if err == nil {
				_, err = fmt.Sscan(string(data), &child)
			}
			if err == nil {
				return true
			}
		}
		return false
	})
	return child
}

func (c *container) expect(t *testing.T, expected string) {
	t.Helper()
	select {
	case line, open := <-c.lines:
		if !open || line != expected {
			t.Fatalf("found %q, expected %q", line, expected)
		}
	case <-time.After(5 * time.Second):
		t.Fatalf("found nothing after 5 s, expected %q", expected)
	}
}

func (c *container) drain() []string {
	var all []string
	for {
		select {
		case line := <-c.lines:
			all = append(all, line)
		default:
			return all
		}
	}
}

// insideAgent is one whose own process is a child of the one started, nsenter.
type insideAgent struct {
	*testAgent
	pid int
}

func (a *insideAgent) kill(signal syscall.Signal) { _ = syscall.Kill(a.pid, signal) }

// agent starts one in the container's PID namespace, as its carrier is.
func (c *container) agent(t *testing.T, capabilities string) *insideAgent {
	t.Helper()
	directory, err := os.MkdirTemp("", "squall")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	a := &insideAgent{testAgent: &testAgent{socket: filepath.Join(directory, "s")}}
	a.process = start(t, exec.Command("nsenter", "-t", fmt.Sprint(c.first), "-p", "-m", "--", self(t), "serve", "--socket", a.socket),
		keepCapabilities+"="+capabilities)
	a.pid = onlyChild(t, a.Process.Pid)
	t.Cleanup(func() { a.kill(syscall.SIGKILL) })
	eventually(t, 10*time.Second, "the agent listens", func() bool {
		connection, err := dial("", a.socket)
		if err == nil {
			connection.Close()
		}
		return err == nil
	})
	return a
}

const (
	traceCapabilities = "SYS_PTRACE"
	// two processes that say something all the time: PID 1 and a child of its own
	ticking = `echo ready; (while :; do echo child; sleep 0.01; done) & while :; do echo main; sleep 0.01; done`
	period  = 200 * time.Millisecond
)

func (c *container) said(t *testing.T, period time.Duration) map[string]bool {
	t.Helper()
	c.drain()
	time.Sleep(period)
	said := map[string]bool{}
	for _, line := range c.drain() {
		said[line] = true
	}
	return said
}

func TestProcessPause(t *testing.T) {
	for _, test := range []struct{ processes, stays string }{{"main", "child"}, {"all", ""}, {"sh", ""}} {
		t.Run(test.processes, func(t *testing.T) {
			c := startContainer(t, ticking)
			a := c.agent(t, traceCapabilities)
			request := `{"op":"start","kind":"process-pause","id":"p","ttlMs":60000,"processes":"` + test.processes + `"}`
			status := a.must(t, request)
			if !status.InEffect || status.Mechanism != "ptrace" {
				t.Errorf("status %+v", status)
			}
			said := c.said(t, period)
			if said["main"] || said["child"] != (test.stays == "child") {
				t.Errorf("found %v, expected %q only", said, test.stays)
			}
			if again := a.must(t, request); again.StartedAt != status.StartedAt {
				t.Errorf("the same id again: %+v", again)
			}
			other := a.refused(t, `{"op":"start","kind":"process-pause","id":"q","ttlMs":60000}`, "conflict")
			if other.Error.ConflictsWith != "p" {
				t.Errorf("conflict: %+v", other.Error)
			}
			stopped := a.must(t, `{"op":"stop","id":"p"}`)
			if stopped.InEffect || stopped.Reason != reasonStop || !strings.Contains(stopped.Evidence, "none of") {
				t.Errorf("after stop: %+v", stopped)
			}
			if said := c.said(t, period); !said["main"] || !said["child"] {
				t.Errorf("after stop, found %v, expected main and child", said)
			}
		})
	}
}

func TestProcessPauseEnds(t *testing.T) {
	for _, test := range []struct {
		name, ttl string
		end       func(a *insideAgent)
	}{
		{"at its deadline", "300", func(*insideAgent) {}},
		{"by SIGTERM", "60000", func(a *insideAgent) { a.kill(syscall.SIGTERM) }},
		{"with its agent", "60000", func(a *insideAgent) { a.kill(syscall.SIGKILL) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := startContainer(t, ticking)
			a := c.agent(t, traceCapabilities)
			a.must(t, `{"op":"start","kind":"process-pause","id":"p","processes":"all","ttlMs":`+test.ttl+`}`)
			test.end(a)
			eventually(t, 5*time.Second, "both run on", func() bool {
				said := c.said(t, 50*time.Millisecond)
				return said["main"] && said["child"]
			})
		})
	}
}

func TestProcessFaultsAreRefused(t *testing.T) {
	c := startContainer(t, ticking)
	a, weak := c.agent(t, traceCapabilities), c.agent(t, "")
	for _, test := range []struct {
		agent                 *insideAgent
		request, code, saying string
	}{
		{a, `"kind":"process-pause","processes":"redis-*"`, "invalid", "sh ("},
		{a, `"kind":"process-pause","processes":"["`, "invalid", "pattern"},
		{a, `"kind":"process-pause","containerId":"0123456789abcdef"`, "unsupported", "container 0123456789abcdef"},
		{weak, `"kind":"process-pause"`, "unsupported", "SYS_PTRACE"},
		{weak, `"kind":"process-kill"`, "unsupported", "SYS_PTRACE"},
		{a, `"kind":"process-kill","signal":"SIGTERM"`, "unsupported", "no handler for SIGTERM"},
		{a, `"kind":"process-kill","signal":"SIGNONE"`, "invalid", "one of SIGKILL"},
	} {
		if kill, ok := strings.CutPrefix(test.request, `"kind":"process-kill",`); ok {
			if asked := test.agent.refused(t, `{"op":"hears",`+kill+`}`, test.code); !strings.Contains(asked.Error.Message, test.saying) {
				t.Errorf("%s: found %q, expected it to say %q", test.request, asked.Error.Message, test.saying)
			}
		}
		r := test.agent.refused(t, `{"op":"start","id":"x","ttlMs":1000,`+test.request+`}`, test.code)
		if !strings.Contains(r.Error.Message, test.saying) {
			t.Errorf("%s: found %q, expected it to say %q", test.request, r.Error.Message, test.saying)
		}
	}
	if said := c.said(t, period); !said["main"] || !said["child"] {
		t.Errorf("found %v, expected main and child", said)
	}
}

func TestProcessKill(t *testing.T) {
	for signal, last := range map[string]string{"SIGKILL": "", "SIGTERM": "heard"} {
		t.Run(signal, func(t *testing.T) {
			c := startContainer(t, `trap 'echo heard; exit' TERM INT HUP; echo ready; while :; do sleep 0.01; done`)
			a := c.agent(t, traceCapabilities)
			status := a.must(t, `{"op":"start","kind":"process-kill","id":"k","ttlMs":1000,"signal":"`+signal+`"}`)
			if !status.InEffect {
				t.Errorf("status %+v", status)
			}
			if said := <-c.lines; said != last { // "" is the end
				t.Errorf("its last word was %q, expected %q", said, last)
			}
			a.await(t, 5*time.Second) // with the namespace's first process, all in it end
		})
	}
}

func TestParseStat(t *testing.T) {
	var p processInfo
	err := p.parseStat("7 (a) b (c)) S 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 8399 1 2 3")
	if err != nil || p.name != "a) b (c)" || p.parent != 1 || p.started != 8399 {
		t.Errorf("found %+v, %v", p, err)
	}
	for _, bad := range []string{"", "7 (a", "7 (a) S 1", "7 (a) S x 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 8399 1"} {
		if err := p.parseStat(bad); err == nil {
			t.Errorf("%q: found no error", bad)
		}
	}
}
