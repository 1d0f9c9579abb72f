package freeze

import (
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// Doom readies the killing of a process, PID 1 of this PID namespace too, which the kernel keeps from signals sent
// inside. Nothing happens to it until kill is called, or this process dies: then it ends by SIGKILL, as from
// outside its PID namespace.
func Doom(pid int) (kill func(), err error) {
	pull := make(chan struct{})
	result := make(chan error)
	go hold(pid, result, pull)
	if err := <-result; err != nil {
		return nil, err
	}
	return func() { close(pull) }, nil
}

// Try finds out whether a process can be traced; it does not stop for a moment. The tracing is over when it returns.
func Try(pid int) error {
	if err := try(pid); err != nil {
		return err
	}
	for end := time.Now().Add(stopLimit); ; time.Sleep(stopPoll) {
		status, err := readStatus(pid, pid)
		if err != nil || status.tracer == 0 {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("process %d is traced still, by thread %d", pid, status.tracer)
		}
	}
}

func try(pid int) error {
	result := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the tracing goes with the thread
		if unix.Gettid() == unix.Getpid() {
			// Go keeps the first thread of a process when its goroutine ends: it has to be another.
			result <- try(pid)
			runtime.UnlockOSThread()
			return
		}
		err := unix.PtraceSeize(pid)
		if err != nil {
			err = explain(pid, pid, err)
		}
		result <- err
	}()
	return <-result
}

// hold traces until it is pulled, and ends the thread it is on.
func hold(pid int, result chan<- error, pull <-chan struct{}) {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		// Go keeps the first thread of a process when its goroutine ends: it has to be another.
		another := make(chan error)
		go hold(pid, another, pull)
		result <- <-another
		runtime.UnlockOSThread()
		return
	}
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(pid), 0, unix.PTRACE_O_EXITKILL, 0, 0)
	if errno != 0 {
		err := explain(pid, pid, errno)
		if err == nil {
			err = fmt.Errorf("process %d: found none that lives, expected one", pid)
		}
		result <- err
		return
	}
	result <- nil
	<-pull
}
