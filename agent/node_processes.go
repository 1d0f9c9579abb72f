package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"squall.dev/agent/internal/freeze"
)

// networkOf names the network namespace of a process; PID 0 is this one.
func networkOf(pid int) (string, error) {
	who := "self"
	if pid != 0 {
		who = fmt.Sprint(pid)
	}
	return os.Readlink("/proc/" + who + "/ns/net")
}

// findKubelet finds the kubelet of the node whose network and PID namespaces this agent is in. Other nodes may share
// the PID namespace, where a machine has several; a network of its own each has.
func findKubelet() (processInfo, error) {
	all, err := allProcesses()
	if err != nil {
		return processInfo{}, err
	}
	own, err := networkOf(0)
	if err != nil {
		return processInfo{}, fmt.Errorf("own network namespace: %w", err)
	}
	var here []processInfo
	var elsewhere []string
	for _, p := range all {
		if !p.isKubelet() {
			continue
		}
		network, err := networkOf(p.pid)
		switch {
		case err != nil:
			elsewhere = append(elsewhere, fmt.Sprintf("%v, whose network namespace cannot be read (%v)", p, err))
		case network != own:
			elsewhere = append(elsewhere, fmt.Sprintf("%v, in another network namespace", p))
		default:
			here = append(here, p)
		}
	}
	if len(here) == 1 {
		return here[0], nil
	}
	found := fmt.Sprintf("found %d processes of the name kubelet in this node's network namespace, expected one", len(here))
	if len(here) > 0 {
		found += ": " + describeProcesses(here)
	} else if len(elsewhere) > 0 {
		found += "; there are " + strings.Join(elsewhere, ", ")
	} else {
		found += fmt.Sprintf(", among the %d processes seen here (distributions that have it inside another program cannot be told)", len(all))
	}
	return processInfo{}, refuse("unsupported", found)
}

func (p processInfo) isKubelet() bool {
	return len(p.words) > 0 && (p.name == "kubelet" || filepath.Base(p.words[0]) == "kubelet")
}

type nodeAbilitiesAnswer struct {
	OK       bool `json:"ok"`
	Protocol int  `json:"protocol"`
	// Control is the control port, 0: there is none.
	Control uint16 `json:"control"`
	// Isolate, Freeze, Restart: whether the node's network, kubelet, and machine can be had.
	Isolate Ability `json:"isolate"`
	Freeze  Ability `json:"freeze"`
	Restart Ability `json:"restart"`
}

// nodeAbilities is what can be done to the node, found by trying, or by looking where trying would be doing it. In a
// node's network namespace nothing is made, as `abilities` does in a pod's.
func (a *agent) nodeAbilities(in *input) any {
	if err := in.finish(); err != nil {
		return refusal(err)
	}
	answer := nodeAbilitiesAnswer{OK: true, Protocol: protocolVersion, Control: a.controlPort, Isolate: tryDrop()}
	kubelet, err := findKubelet()
	if err == nil {
		err = freeze.Try(kubelet.pid)
	}
	answer.Freeze = Ability{Usable: err == nil, Reason: fmt.Sprintf("%v, by ptrace, which goes with the agent", kubelet)}
	if err != nil {
		answer.Freeze.Reason = oneLine(err)
	}
	answer.Restart = Ability{Usable: true, Reason: "by a signal to systemd, which is process 1"}
	if err := restartable(); err != nil {
		answer.Restart = Ability{Reason: oneLine(err)}
	}
	return answer
}
