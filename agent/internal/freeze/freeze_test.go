package freeze

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The test binary is also the processes that are frozen, and a tracer that is killed.
const role = "SQUALL_FREEZE_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "":
		os.Exit(m.Run())
	case "busy":
		beBusy()
	case "tracer":
		pid, err := strconv.Atoi(os.Args[1])
		if err == nil {
			_, err = Freeze([]int{pid})
		}
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("frozen")
		select {}
	}
}

// beBusy has threads that count, one that makes more threads all the time, and answers lines and SIGUSR1.
func beBusy() {
	usr := make(chan os.Signal, 1)
	signal.Notify(usr, syscall.SIGUSR1)
	go func() {
		for range usr {
			fmt.Println("signal")
		}
	}()
	for range 3 {
		go func() {
			runtime.LockOSThread()
			for {
				time.Sleep(time.Millisecond)
			}
		}()
	}
	go func() {
		for {
			born := make(chan struct{})
			go func() { // a locked goroutine that ends takes its thread with it
				runtime.LockOSThread()
				close(born)
			}()
			<-born
		}
	}()
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println("echo", lines.Text())
	}
}

type subject struct {
	*exec.Cmd
	in    io.Writer
	lines chan string
}

func startRole(t *testing.T, name string, flags uintptr, arguments ...string) *subject {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root, to trace")
	}
	command := exec.Command("/proc/self/exe", arguments...)
	command.Env = append(os.Environ(), role+"="+name)
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	command.Stderr = t.Output()
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	s := &subject{Cmd: command, in: in, lines: make(chan string, 100)}
	go func() {
		defer close(s.lines)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			s.lines <- scanner.Text()
		}
	}()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	return s
}

func (s *subject) expect(t *testing.T, expected string) {
	t.Helper()
	select {
	case line := <-s.lines:
		if line != expected {
			t.Fatalf("found %q, expected %q", line, expected)
		}
	case <-time.After(5 * time.Second):
		t.Fatalf("found nothing after 5 s, expected %q", expected)
	}
}

func (s *subject) expectSilence(t *testing.T, period time.Duration) {
	t.Helper()
	select {
	case line := <-s.lines:
		t.Fatalf("found %q, expected nothing: it is frozen", line)
	case <-time.After(period):
	}
}

func startBusy(t *testing.T) *subject {
	t.Helper()
	s := startRole(t, "busy", 0)
	s.expect(t, "ready")
	return s
}

func (s *subject) cpuTime(t *testing.T) int64 {
	t.Helper()
	var used unix.Timespec
	if err := unix.ClockGettime(int32(^s.Process.Pid<<3|2), &used); err != nil {
		t.Fatal(err)
	}
	return used.Nano()
}

func TestFreezesEveryThreadAndThaws(t *testing.T) {
	s := startBusy(t)
	for range 20 {
		frozen, err := Freeze([]int{s.Process.Pid})
		if err != nil {
			t.Fatal(err)
		}
		state, err := frozen.ReadBack()
		if err != nil || state.Processes != 1 || state.Threads < 4 || len(state.Running) > 0 {
			t.Fatalf("read back %+v, %v", state, err)
		}
		before := s.cpuTime(t)
		fmt.Fprintln(s.in, "hello")
		s.expectSilence(t, 50*time.Millisecond)
		if after := s.cpuTime(t); after != before {
			t.Errorf("it used %d ns of CPU time while frozen", after-before)
		}
		if err := frozen.Thaw(); err != nil {
			t.Fatal(err)
		}
		s.expect(t, "echo hello")
		if state, err := frozen.ReadBack(); err != nil || len(state.Running) != state.Threads {
			t.Errorf("after the thaw: %+v, %v", state, err)
		}
	}
}

func TestRunsOnWhenTracerIsKilled(t *testing.T) {
	s := startBusy(t)
	tracer := startRole(t, "tracer", 0, strconv.Itoa(s.Process.Pid))
	tracer.expect(t, "frozen")
	fmt.Fprintln(s.in, "hello")
	s.expectSilence(t, 50*time.Millisecond)
	if err := tracer.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	s.expect(t, "echo hello")
}

func TestSignalsWait(t *testing.T) {
	s := startBusy(t)
	frozen, err := Freeze([]int{s.Process.Pid})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	s.expectSilence(t, 50*time.Millisecond)
	if err := frozen.Thaw(); err != nil {
		t.Fatal(err)
	}
	s.expect(t, "signal")
}

func TestSignalUnderWayIsNotLost(t *testing.T) {
	s := startBusy(t)
	for range 50 {
		if err := s.Process.Signal(syscall.SIGUSR1); err != nil {
			t.Fatal(err)
		}
		frozen, err := Freeze([]int{s.Process.Pid})
		if err != nil {
			t.Fatal(err)
		}
		if err := frozen.Thaw(); err != nil {
			t.Fatal(err)
		}
		s.expect(t, "signal")
	}
}

func TestKilledWhileFrozen(t *testing.T) {
	s := startBusy(t)
	frozen, err := Freeze([]int{s.Process.Pid})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Wait() }()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatal("its parent has not seen its end after 5 s")
	}
	if state, err := frozen.ReadBack(); err != nil || state.Processes != 0 {
		t.Errorf("read back %+v, %v", state, err)
	}
	if err := frozen.Thaw(); err != nil {
		t.Error(err)
	}
}

func TestStoppedProcessStaysStopped(t *testing.T) {
	s := startBusy(t)
	if err := s.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	frozen, err := Freeze([]int{s.Process.Pid})
	if err != nil {
		t.Fatal(err)
	}
	if err := frozen.Thaw(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(s.in, "hello")
	s.expectSilence(t, 50*time.Millisecond)
	if err := s.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	s.expect(t, "echo hello")
}

func TestFoundAsksUntilNoneIsNew(t *testing.T) {
	first, second := startBusy(t), startBusy(t)
	asked := 0
	frozen, err := Found(func() ([]int, error) {
		asked++
		if asked == 1 {
			return []int{first.Process.Pid}, nil
		}
		return []int{first.Process.Pid, second.Process.Pid}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if state, err := frozen.ReadBack(); err != nil || state.Processes != 2 || len(state.Running) > 0 || asked != 3 {
		t.Errorf("asked %d times: %+v, %v", asked, state, err)
	}
	if err := frozen.Thaw(); err != nil {
		t.Error(err)
	}
}

func TestRefusals(t *testing.T) {
	s := startBusy(t)
	tracer := startRole(t, "tracer", 0, strconv.Itoa(s.Process.Pid))
	tracer.expect(t, "frozen")
	other := startBusy(t)
	for _, test := range []struct {
		name string
		pids []int
		says string
	}{
		{"traced already", []int{other.Process.Pid, s.Process.Pid}, fmt.Sprintf("traced already, by process %d", tracer.Process.Pid)},
		{"itself", []int{os.Getpid()}, "this process itself"},
		{"none", []int{1 << 22}, "no process that lives"},
	} {
		t.Run(test.name, func(t *testing.T) {
			frozen, err := Freeze(test.pids)
			if frozen != nil || err == nil || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("found %v, expected it to say %q", err, test.says)
			}
		})
	}
	// Nothing stays frozen after an error.
	fmt.Fprintln(other.in, "hello")
	other.expect(t, "echo hello")
}

func TestTryLeavesNoTrace(t *testing.T) {
	s := startBusy(t)
	for range 20 {
		if err := Try(s.Process.Pid); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprintln(s.in, "hello")
	s.expect(t, "echo hello")
}

// The process is PID 1 of a namespace of its own, where the kernel keeps it from a SIGKILL sent inside.
func TestDoom(t *testing.T) {
	s := startRole(t, "busy", syscall.CLONE_NEWPID)
	s.expect(t, "ready")
	kill, err := Doom(s.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(s.in, "hello")
	s.expect(t, "echo hello")
	kill()
	ended := make(chan error, 1)
	go func() { ended <- s.Wait() }()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatal("it lives after 5 s")
	}
	if status, ok := s.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		t.Errorf("it ended with %v, expected SIGKILL", s.ProcessState)
	}
}
