package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// The test binary is the agent too, when this says so: what is tested is real processes.
const beAgent = "SQUALL_AGENT_TEST_EXEC"

// Capabilities an agent under test keeps; empty: none. Not set: those of the tests.
const keepCapabilities = "SQUALL_AGENT_TEST_CAPABILITIES"

const carrierCapabilities = "NET_ADMIN NET_RAW"

func TestMain(m *testing.M) {
	if os.Getenv(beAgent) == "" {
		os.Exit(m.Run())
	}
	if names, set := os.LookupEnv(keepCapabilities); set {
		dropCapabilities(strings.Fields(names))
	}
	os.Exit(run(os.Args[1:]))
}

// dropCapabilities leaves the process those named, as a container runtime does: by the bounding set, which holds
// for this thread, and from the next exec on for the process.
func dropCapabilities(keep []string) {
	runtime.LockOSThread()
	for number, name := range capabilityNames {
		if slices.Contains(keep, name) {
			continue
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(number), 0, 0, 0); err != nil {
			panic(err)
		}
	}
	if err := os.Unsetenv(keepCapabilities); err != nil {
		panic(err)
	}
	panic(syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root, to make network namespaces")
	}
}

// in runs f on a thread that is in a network namespace; processes started there are too.
func in[T any](t *testing.T, space netns.NsHandle, f func() (T, error)) T {
	t.Helper()
	type result struct {
		value T
		err   error
	}
	results := make(chan result)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if err := netns.Set(space); err != nil {
			results <- result{err: err}
			return
		}
		value, err := f()
		results <- result{value, err}
	}()
	r := <-results
	if r.err != nil {
		t.Fatal(r.err)
	}
	return r.value
}

// process is an agent, or a stress process, under test.
type process struct {
	*exec.Cmd
	exited chan struct{}
}

func (p *process) kill(signal syscall.Signal) { _ = p.Process.Signal(signal) }

// await waits for its end and gives its exit code.
func (p *process) await(t *testing.T, limit time.Duration) int {
	t.Helper()
	select {
	case <-p.exited:
		return p.ProcessState.ExitCode()
	case <-time.After(limit):
		t.Fatalf("process %d has not ended after %v", p.Process.Pid, limit)
		return 0
	}
}

func start(t *testing.T, command *exec.Cmd, environment ...string) *process {
	t.Helper()
	command.Env = append(append(os.Environ(), beAgent+"=1"), environment...)
	if command.Stderr == nil {
		command.Stderr = t.Output()
	}
	p := &process{Cmd: command, exited: make(chan struct{})}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = command.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-p.exited
	})
	return p
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// testAgent is an agent that serves.
type testAgent struct {
	*process
	socket string
}

func startAgent(t *testing.T, space netns.NsHandle, capabilities string, flags ...string) *testAgent {
	t.Helper()
	// the path of a test's own directory can be too long for a socket
	directory, err := os.MkdirTemp("", "squall")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	a := &testAgent{socket: filepath.Join(directory, "s")}
	command := exec.Command(self(t), append([]string{"serve", "--socket", a.socket}, flags...)...)
	a.process = in(t, space, func() (*process, error) {
		return start(t, command, keepCapabilities+"="+capabilities), nil
	})
	eventually(t, 10*time.Second, "the agent listens", func() bool {
		connection, err := dial("", a.socket)
		if err == nil {
			connection.Close()
		}
		return err == nil
	})
	return a
}

func currentNamespace(t *testing.T) netns.NsHandle {
	t.Helper()
	space, err := netns.Get()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { space.Close() })
	return space
}

// reply is any answer of an agent.
type reply struct {
	Answer
	PID          int
	Protocol     int
	TargetUID    *uint32
	Capabilities []string
	Interfaces   []string
	Network      map[string]Ability
	Faults       []Status
	Leftovers    []Leftover
	Listening    []int
}

func (a *testAgent) ask(t *testing.T, request string) reply {
	t.Helper()
	line, err := ask(a.socket, request)
	if err != nil && err != io.EOF {
		t.Fatalf("%s: %v", request, err)
	}
	var r reply
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		t.Fatalf("%s: answer %q: %v", request, line, err)
	}
	return r
}

// must asks, and expects ok and a fault.
func (a *testAgent) must(t *testing.T, request string) Status {
	t.Helper()
	r := a.ask(t, request)
	if !r.OK || r.Fault == nil {
		t.Fatalf("%s: %+v", request, r.Error)
	}
	return *r.Fault
}

// refused asks, and expects a refusal with this code.
func (a *testAgent) refused(t *testing.T, request, code string) reply {
	t.Helper()
	r := a.ask(t, request)
	if r.OK || r.Error == nil || r.Error.Code != code {
		t.Fatalf("%s: ok %v, error %+v, expected code %s", request, r.OK, r.Error, code)
	}
	return r
}

func (a *testAgent) status(t *testing.T, id string) Status {
	t.Helper()
	return a.must(t, `{"op":"status","id":"`+id+`"}`)
}

func eventually(t *testing.T, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not after %v: %s", limit, what)
		}
	}
}
