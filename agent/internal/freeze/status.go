package freeze

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// status is what /proc says of a thread.
type status struct {
	// state as the kernel spells it, for example "t (tracing stop)"
	name, state string
	// process is whose thread it is
	process int
	// tracer is the thread that traces it, as this PID namespace knows it; 0: none, or one outside
	tracer int
}

// dead: a thread that runs no more, and that only its parent's wait keeps in the table.
func (s status) dead() bool {
	return strings.HasPrefix(s.state, "Z") || strings.HasPrefix(s.state, "X")
}

func readStatus(pid, tid int) (status, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/status", pid, tid))
	if errors.Is(err, unix.ESRCH) {
		err = os.ErrNotExist
	}
	if err != nil {
		return status{}, err
	}
	var s status
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":\t")
		switch name {
		case "Name":
			s.name = value
		case "State":
			s.state = value
		case "TracerPid", "Tgid":
			number, err := strconv.Atoi(value)
			if err != nil {
				return s, fmt.Errorf("%s of thread %d: %w", name, tid, err)
			}
			if name == "Tgid" {
				s.process = number
			} else {
				s.tracer = number
			}
		}
	}
	return s, nil
}

// threadsOf lists a process's threads; none when it is gone.
func threadsOf(pid int) ([]int, error) {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("threads of process %d: %w", pid, err)
	}
	var tids []int
	for _, entry := range entries {
		if tid, err := strconv.Atoi(entry.Name()); err == nil {
			tids = append(tids, tid)
		}
	}
	return tids, nil
}
