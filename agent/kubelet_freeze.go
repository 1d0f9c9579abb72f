package main

import (
	"time"

	"squall.dev/agent/internal/freeze"
)

const kindKubeletFreeze = "kubelet-freeze"

// readKubeletFreeze reads a request to freeze the node's kubelet; there is nothing to say of it.
func readKubeletFreeze(*input) (begin, error) {
	return func(a *agent, _ string, _ time.Time) (started, error) {
		if err := a.needControl(); err != nil {
			return started{}, err
		}
		kubelet, err := findKubelet()
		if err != nil {
			return started{}, err
		}
		frozen, err := freeze.Freeze([]int{kubelet.pid})
		if err != nil {
			return started{}, a.refusePause(err)
		}
		return started{fault: &pausedProcesses{frozen: frozen, which: kubelet.String()}, mechanism: "ptrace"}, nil
	}, nil
}
