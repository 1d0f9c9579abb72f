package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	kindNodeRestart = "node-restart"
	// sigRestart is SIGRTMIN+5 as libc counts: to systemd, as the first process, it is "start reboot.target".
	sigRestart = unix.Signal(34 + 5)
)

// restartedNode is a machine that was told to restart. There is nothing to undo.
type restartedNode struct{ at time.Time }

// readNodeRestart reads a request to restart the machine; there is nothing to say of it.
func readNodeRestart(*input) (begin, error) {
	return func(*agent, string, time.Time) (started, error) {
		if err := restartable(); err != nil {
			return started{}, err
		}
		time.AfterFunc(killDelay, func() {
			// What was seen then is seen again: a signal to the wrong machine is not to be called back.
			if err := restartable(); err != nil {
				log.Printf("the restart is not done: %v", err)
				return
			}
			if err := unix.Kill(1, sigRestart); err != nil {
				log.Printf("tell systemd to restart: %v", err)
			}
		})
		return started{fault: &restartedNode{at: time.Now().Add(killDelay)}, mechanism: "systemd-reboot"}, nil
	}, nil
}

// restartable is an error unless process 1 is the systemd of the very machine that is the node.
func restartable() error {
	first, err := readProcess(1)
	if err != nil {
		return refuse("unsupported", "process 1 cannot be read: "+oneLine(err))
	}
	if first.pid == os.Getpid() || first.name != "systemd" {
		return refuse("unsupported", fmt.Sprintf("process 1 here is %q, expected systemd: this node is not a machine that systemd could restart", first.name))
	}
	kubelet, err := findKubelet()
	if err != nil {
		return err
	}
	network, err := networkOf(1)
	if err != nil {
		return refuse("unsupported", "the network namespace of process 1 cannot be read: "+oneLine(err))
	}
	of, err := networkOf(kubelet.pid)
	if err != nil {
		return refuse("unsupported", "the kubelet's network namespace cannot be read: "+oneLine(err))
	}
	if network != of {
		return refuse("unsupported", "the kubelet has a network namespace of its own: this node is a part of a machine, and others would restart with it")
	}
	environment, err := os.ReadFile("/proc/1/environ")
	if err != nil {
		return refuse("unsupported", "whether process 1 is in a container cannot be read: "+oneLine(err))
	}
	return checkFirst(environment)
}

// checkFirst looks at a systemd from its environment, and whether it would take the signal.
func checkFirst(environment []byte) error {
	for _, word := range bytes.Split(environment, []byte{0}) {
		if name, ok := strings.CutPrefix(string(word), "container="); ok && name != "" {
			return refuse("unsupported", fmt.Sprintf("process 1 is a systemd inside a container (%s): what is restarted there may not come back", name))
		}
	}
	status, err := os.ReadFile("/proc/1/status")
	if err != nil {
		return refuse("unsupported", oneLine(err))
	}
	taken := uint64(0)
	for _, field := range []string{"SigBlk", "SigCgt"} { // systemd blocks what it reads from a signalfd
		set, err := signalSet(string(status), field)
		if err != nil {
			return err
		}
		taken |= set
	}
	if taken&(1<<(sigRestart-1)) == 0 {
		return refuse("unsupported", "process 1 does not take SIGRTMIN+5: it would change nothing")
	}
	if err := unix.Kill(1, 0); err != nil {
		return refuse("unsupported", fmt.Sprintf("user %d may not send signals to process 1: %v", os.Getuid(), err))
	}
	return nil
}

// readBack says yes for as long as there is somebody to say it: the agent goes with the machine.
func (r *restartedNode) readBack() readBack {
	if ahead := time.Until(r.at); ahead > 0 {
		return readBack{inEffect: true, evidence: fmt.Sprintf("systemd is told in %v", ahead.Round(time.Millisecond))}
	}
	return readBack{inEffect: true, evidence: fmt.Sprintf("systemd was told to restart %v ago", time.Since(r.at).Round(time.Millisecond))}
}

func (r *restartedNode) revert(reason string) (ending, error) { return ending{reason: reason}, nil }

// aftermath: a restart leaves nothing behind.
func (r *restartedNode) aftermath() readBack {
	return readBack{evidence: "systemd was told to restart; that is over"}
}
