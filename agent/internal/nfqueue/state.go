package nfqueue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// State is a bound queue as the kernel has it.
type State struct {
	Number uint16
	// Port is the netlink port of the socket that takes its packets.
	Port uint32
	// Waiting is how many packets are held now.
	Waiting uint32
	// Dropped counts packets lost because the queue was full, or could not be handed over.
	Dropped uint64
}

const statePath = "/proc/self/net/netfilter/nfnetlink_queue"

// readState is nil for a queue nobody has bound. The kernel has no list of them before it has its module.
func readState(number uint16) (*State, error) {
	data, err := os.ReadFile(statePath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	states, err := parseStates(string(data))
	if err != nil {
		return nil, err
	}
	for _, state := range states {
		if state.Number == number {
			return &state, nil
		}
	}
	return nil, nil
}

// Unbound is an error when somebody has bound a queue.
func Unbound(number uint16) error {
	state, err := readState(number)
	if err == nil && state != nil {
		err = fmt.Errorf("packet queue %d is bound, by netlink port %d", number, state.Port)
	}
	return err
}

func parseStates(text string) ([]State, error) {
	var states []State
	for line := range strings.Lines(text) {
		var state State
		var copyMode, copyRange, queueDropped, userDropped uint64
		_, err := fmt.Sscan(line, &state.Number, &state.Port, &state.Waiting, &copyMode, &copyRange, &queueDropped, &userDropped)
		if err != nil {
			return nil, fmt.Errorf("%s: found %q, expected a queue's numbers", statePath, line)
		}
		state.Dropped = queueDropped + userDropped
		states = append(states, state)
	}
	return states, nil
}
