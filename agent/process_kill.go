package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
	"squall.dev/agent/internal/freeze"
)

const (
	kindProcessKill = "process-kill"
	// killDelay lets the answer get out of the container first: the agent dies with it, and so does
	// the process that carries the answer.
	killDelay = 50 * time.Millisecond
)

// killedProcess is a container's main process that is sent a signal, once. There is nothing to undo.
type killedProcess struct {
	process processInfo
	signal  string
	at      time.Time
}

var killSignals = []string{
	"SIGKILL", "SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGABRT", "SIGSEGV", "SIGUSR1", "SIGUSR2",
}

// readProcessKill reads a request to send the target container's main process a signal: `signal`, and `containerId`
// where the pod's containers share a PID namespace.
func readProcessKill(in *input) (begin, error) {
	signal := in.choice("signal", killSignals...)
	container := readContainerID(in)
	if in.err != nil {
		return nil, in.err
	}
	return func(*agent, string, time.Time) (started, error) {
		found, err := containerSelection{container: container, which: "main"}.find()
		if err != nil {
			return started{}, err
		}
		p := &killedProcess{process: found[0], signal: signal, at: time.Now().Add(killDelay)}
		strike, mechanism, err := p.aim()
		if err != nil {
			return started{}, err
		}
		time.AfterFunc(killDelay, strike)
		return started{fault: p, mechanism: mechanism}, nil
	}, nil
}

// hears answers whether the target container's main process could be sent a signal; nothing happens to it.
func hears(in *input) any {
	signal := in.choice("signal", killSignals...)
	container := readContainerID(in)
	if err := in.finish(); err != nil {
		return refusal(err)
	}
	found, err := containerSelection{container: container, which: "main"}.find()
	if err == nil && signal == "SIGKILL" {
		err = freeze.Try(found[0].pid)
	} else if err == nil {
		err = heard(found[0], signal, unix.SignalNum(signal))
	}
	if err != nil {
		return refusal(err)
	}
	return Answer{OK: true}
}

// aim makes sure that the signal will be heard, and gives what sends it.
func (p *killedProcess) aim() (strike func(), mechanism string, err error) {
	if p.signal == "SIGKILL" {
		kill, err := freeze.Doom(p.process.pid)
		if err != nil {
			return nil, "", refuse("unsupported", oneLine(err))
		}
		return kill, "ptrace-exitkill", nil
	}
	number := unix.SignalNum(p.signal)
	if err := heard(p.process, p.signal, number); err != nil {
		return nil, "", err
	}
	// A pidfd cannot come to mean another process meanwhile.
	handle, err := unix.PidfdOpen(p.process.pid, 0)
	if err != nil {
		return nil, "", refuse("unsupported", fmt.Sprintf("process %v: %v", p.process, err))
	}
	if err := unix.PidfdSendSignal(handle, 0, nil, 0); err != nil {
		unix.Close(handle)
		return nil, "", refuse("unsupported", fmt.Sprintf("user %d may not send signals to process %v: %v", os.Getuid(), p.process, err))
	}
	return func() {
		defer unix.Close(handle)
		if err := unix.PidfdSendSignal(handle, number, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
			log.Printf("send %s to process %v: %v", p.signal, p.process, err)
		}
	}, "kill", nil
}

// heard is an error when the kernel would drop the signal: to PID 1 without a handler of its own, or ignored.
func heard(p processInfo, name string, number unix.Signal) error {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err != nil {
		return refuse("unsupported", fmt.Sprintf("process %v: %v", p, err))
	}
	caught, err := signalSet(string(data), "SigCgt")
	if err != nil {
		return err
	}
	ignored, err := signalSet(string(data), "SigIgn")
	if err != nil {
		return err
	}
	bit := uint64(1) << (number - 1)
	switch {
	case ignored&bit != 0:
		return refuse("unsupported", fmt.Sprintf("process %v ignores %s: it would change nothing", p, name))
	case p.pid == 1 && caught&bit == 0:
		return refuse("unsupported", fmt.Sprintf("process %v has no handler for %s, and to PID 1 of a container the kernel delivers none it does not handle: it would change nothing", p, name))
	}
	return nil
}

func signalSet(status, field string) (uint64, error) {
	for line := range strings.Lines(status) {
		if text, ok := strings.CutPrefix(line, field+":"); ok {
			return strconv.ParseUint(strings.TrimSpace(text), 16, 64)
		}
	}
	return 0, fmt.Errorf("/proc/PID/status: found no %s, expected it", field)
}

// readBack says yes until the process is gone: then the agent mostly is, too.
func (p *killedProcess) readBack() readBack {
	now, err := readProcess(p.process.pid)
	if err != nil || now.started != p.process.started || len(now.words) == 0 {
		return readBack{evidence: fmt.Sprintf("process %v has ended", p.process)}
	}
	if ahead := time.Until(p.at); ahead > 0 {
		return readBack{inEffect: true, evidence: fmt.Sprintf("%s is sent to process %v in %v", p.signal, p.process, ahead.Round(time.Millisecond))}
	}
	return readBack{inEffect: true, evidence: fmt.Sprintf("%s was sent to process %v %v ago; it lives", p.signal, p.process, time.Since(p.at).Round(time.Millisecond))}
}

func (p *killedProcess) revert(reason string) (ending, error) { return ending{reason: reason}, nil }

// aftermath: a signal that was sent leaves nothing behind.
func (p *killedProcess) aftermath() readBack {
	return readBack{evidence: fmt.Sprintf("%s was sent to process %v; that is over", p.signal, p.process)}
}
