// Package freeze stops processes by ptrace, in a way that cannot outlive this process: the kernel lets them run on
// the moment their tracer is gone, by SIGKILL too. It reaches PID 1 of a PID namespace, which SIGSTOP from inside
// does not, and needs SYS_PTRACE (as an effective capability) and nothing else.
//
// While frozen a process answers nothing, but its sockets stay open and the kernel goes on accepting connections and
// data for them. Signals sent to it wait until it runs again, except SIGKILL, which ends it as ever.
package freeze

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// stopLimit is how long a thread may take to stop; one in an uninterruptible wait of the kernel takes as long as that.
	stopLimit  = 5 * time.Second
	stopPoll   = 200 * time.Microsecond
	reapPeriod = 20 * time.Millisecond
	waitFlags  = unix.WALL | unix.WNOHANG | unix.WNOTHREAD
	// ptraceEventStop is PTRACE_EVENT_STOP: stopped by an interrupt or a group-stop, not by a signal to be delivered.
	ptraceEventStop = 128
)

// Frozen is processes that do not run.
type Frozen struct {
	// A tracer is a thread, so all that concerns its tracees is done on one.
	work chan func()
	done chan struct{}

	thaw  sync.Once
	error error

	mutex sync.Mutex
	// threads by id, of those that are traced and live
	threads map[int]*thread
}

type thread struct {
	pid     int
	stopped bool
	// signal that was about to be delivered when it stopped, and is when it runs again
	signal unix.Signal
}

// Freeze freezes every thread of these processes, threads born meanwhile too, or none on an error.
func Freeze(pids []int) (*Frozen, error) {
	return Found(func() ([]int, error) { return pids, nil })
}

// Found freezes the processes that find gives, which is asked again until it gives none that still runs: processes
// born meanwhile are frozen too. It should give parents before their children. None is left frozen on an error.
func Found(find func() ([]int, error)) (*Frozen, error) {
	f := &Frozen{work: make(chan func()), done: make(chan struct{}), threads: map[int]*thread{}}
	go f.trace()
	var err error
	f.do(func() { err = f.freeze(find) })
	if err != nil {
		return nil, errors.Join(err, f.Thaw())
	}
	return f, nil
}

// trace is the thread that traces. It is never unlocked: when it ends by whatever defect, the tracees run on.
func (f *Frozen) trace() {
	runtime.LockOSThread()
	defer close(f.done)
	reap := time.NewTicker(reapPeriod)
	defer reap.Stop()
	for {
		select {
		case work, more := <-f.work:
			if !more {
				return
			}
			work()
		case <-reap.C:
			// One that died is seen by its own parent only once its tracer has seen it.
			f.collect()
		}
	}
}

func (f *Frozen) do(work func()) {
	finished := make(chan struct{})
	f.work <- func() {
		defer close(finished)
		work()
	}
	<-finished
}

func (f *Frozen) freeze(find func() ([]int, error)) error {
	for {
		pids, err := find()
		if err != nil {
			return err
		}
		fresh := false
		for _, pid := range pids {
			more, err := f.freezeProcess(pid)
			if err != nil {
				return err
			}
			fresh = fresh || more
		}
		if !fresh {
			break
		}
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if len(f.threads) == 0 {
		return errors.New("found no process that lives, expected one at least")
	}
	return nil
}

// freezeProcess goes over a process's threads until none is new; it tells whether any was.
func (f *Frozen) freezeProcess(pid int) (bool, error) {
	if pid == os.Getpid() {
		return false, fmt.Errorf("process %d: found this process itself, expected another", pid)
	}
	for any := false; ; any = true {
		tids, err := threadsOf(pid)
		if err != nil {
			return any, err
		}
		var fresh []int
		for _, tid := range tids {
			f.mutex.Lock()
			_, known := f.threads[tid]
			f.mutex.Unlock()
			if known {
				continue
			}
			seized, err := f.seize(pid, tid)
			if err != nil {
				return any, err
			}
			if seized {
				fresh = append(fresh, tid)
			}
		}
		if len(fresh) == 0 {
			return any, nil
		}
		if err := f.awaitStops(fresh); err != nil {
			return true, err
		}
	}
}

// seize begins to trace a thread and tells it to stop; false: it has ended.
func (f *Frozen) seize(pid, tid int) (bool, error) {
	if err := unix.PtraceSeize(tid); err != nil {
		return false, explain(pid, tid, err)
	}
	f.mutex.Lock()
	f.threads[tid] = &thread{pid: pid}
	f.mutex.Unlock()
	if err := unix.PtraceInterrupt(tid); err != nil && !errors.Is(err, unix.ESRCH) {
		return false, fmt.Errorf("interrupt thread %d of process %d: %w", tid, pid, err)
	}
	return true, nil
}

// TracedError: a process that another traces cannot be frozen.
type TracedError struct {
	Pid, Tracer      int
	Name, TracerName string
}

func (e *TracedError) Error() string {
	return fmt.Sprintf("process %d (%s) is traced already, by process %d (%s)", e.Pid, e.Name, e.Tracer, e.TracerName)
}

// explain says why a thread cannot be traced; nil: it has ended.
func explain(pid, tid int, err error) error {
	status, readError := readStatus(pid, tid)
	if errors.Is(err, unix.ESRCH) || errors.Is(readError, os.ErrNotExist) || status.dead() {
		return nil
	}
	problem := fmt.Errorf("trace thread %d of process %d (%s): %w", tid, pid, status.name, err)
	if status.tracer != 0 {
		tracer, err := readStatus(status.tracer, status.tracer)
		if err != nil {
			tracer.process = status.tracer
		}
		return &TracedError{Pid: pid, Name: status.name, Tracer: tracer.process, TracerName: tracer.name}
	}
	if errors.Is(err, unix.EPERM) {
		scope, _ := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
		if strings.TrimSpace(string(scope)) == "3" {
			return fmt.Errorf("%w; kernel.yama.ptrace_scope is 3: nothing may be traced on this node", problem)
		}
		return fmt.Errorf("%w; it takes the capability SYS_PTRACE, and a process nobody else traces", problem)
	}
	return problem
}

// awaitStops waits until these threads have stopped or ended.
func (f *Frozen) awaitStops(tids []int) error {
	for end := time.Now().Add(stopLimit); ; time.Sleep(stopPoll) {
		f.collect()
		var running []string
		f.mutex.Lock()
		for _, tid := range tids {
			if t := f.threads[tid]; t != nil && !t.stopped {
				status, _ := readStatus(t.pid, tid)
				running = append(running, fmt.Sprintf("thread %d of process %d (%s) in state %s", tid, t.pid, status.name, status.state))
			}
		}
		f.mutex.Unlock()
		if len(running) == 0 {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("not stopped after %v: %s", stopLimit, strings.Join(running, ", "))
		}
	}
}

// collect takes from the kernel which tracees have stopped or ended.
func (f *Frozen) collect() {
	for {
		var status unix.WaitStatus
		tid, err := unix.Wait4(-1, &status, waitFlags, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || tid <= 0 {
			return
		}
		f.note(tid, status)
	}
}

func (f *Frozen) note(tid int, status unix.WaitStatus) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	t := f.threads[tid]
	switch {
	case t == nil:
	case status.Exited() || status.Signaled():
		delete(f.threads, tid)
	case status.Stopped():
		t.stopped, t.signal = true, 0
		if int(status)>>16 != ptraceEventStop {
			t.signal = status.StopSignal()
		}
	}
}

// Thaw lets all of them run on, and reads back that they do. More than once, it answers the same.
func (f *Frozen) Thaw() error {
	f.thaw.Do(func() {
		f.do(func() { f.error = f.detachAll() })
		close(f.work)
		<-f.done
	})
	return f.error
}

func (f *Frozen) detachAll() error {
	f.collect()
	var problems []error
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for tid, t := range f.threads {
		_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_DETACH, uintptr(tid), 0, uintptr(t.signal), 0, 0)
		if errno == 0 {
			continue
		}
		// Not stopped, or about to die: the end of this thread lets it go. What is read back counts.
		problems = append(problems, fmt.Errorf("detach thread %d of process %d: %w", tid, t.pid, errno))
	}
	var still []error
	for tid, t := range f.threads {
		if status, err := readStatus(t.pid, tid); err == nil && !status.dead() && status.tracer == unix.Gettid() {
			still = append(still, fmt.Errorf("thread %d of process %d is traced still, in state %s", tid, t.pid, status.state))
		}
	}
	if len(still) == 0 {
		return nil
	}
	return errors.Join(append(problems, still...)...)
}

// State is what the kernel says of the frozen processes now.
type State struct {
	// Processes that live, and Threads of them, in all.
	Processes, Threads int
	// Running threads, of all: they are not in a tracing stop. Each is a phrase for people.
	Running []string
}

// ReadBack reads the state of every thread of the processes that were frozen, threads not known of too.
func (f *Frozen) ReadBack() (State, error) {
	f.mutex.Lock()
	var pids []int
	for _, t := range f.threads {
		if !slices.Contains(pids, t.pid) {
			pids = append(pids, t.pid)
		}
	}
	f.mutex.Unlock()
	slices.Sort(pids)
	var state State
	for _, pid := range pids {
		tids, err := threadsOf(pid)
		if err != nil {
			return state, err
		}
		live := 0
		for _, tid := range tids {
			status, err := readStatus(pid, tid)
			if errors.Is(err, os.ErrNotExist) || status.dead() {
				continue
			}
			if err != nil {
				return state, err
			}
			live++
			if !strings.HasPrefix(status.state, "t") {
				state.Running = append(state.Running, fmt.Sprintf("thread %d of process %d (%s) in state %s", tid, pid, status.name, status.state))
			}
		}
		state.Threads += live
		if live > 0 {
			state.Processes++
		}
	}
	return state, nil
}
