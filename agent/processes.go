package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

func notPermitted(err error) bool { return errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) }

// stressProcesses finds the processes that stress under this id, in the PID namespace the agent shares.
func stressProcesses(id string) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var found []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err != nil {
			continue // it has ended meanwhile
		}
		words := bytes.Split(data, []byte{0})
		isID := func(i int) bool { return string(words[i]) == "--id" && i+1 < len(words) && string(words[i+1]) == id }
		if len(words) > 2 && string(words[1]) == "stress" && slices.ContainsFunc(indexes(words), isID) {
			found = append(found, pid)
		}
	}
	return found, nil
}

func indexes(words [][]byte) []int {
	list := make([]int, len(words))
	for i := range list {
		list[i] = i
	}
	return list
}

// running tells whether a process still executes: a zombie, or one that is gone, has no command line.
func running(pid int) bool {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return err == nil && len(data) > 0
}

// awaitEnd waits for a process to end; false: it did not in time.
func awaitEnd(pid int, limit time.Duration) bool {
	for end := time.Now().Add(limit); running(pid); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// endProcess asks a process to end, then makes it.
func endProcess(pid int) error {
	for _, signal := range []unix.Signal{unix.SIGTERM, unix.SIGKILL} {
		if err := unix.Kill(pid, signal); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("end process %d: %w", pid, err)
		}
		if awaitEnd(pid, time.Second) {
			return nil
		}
	}
	return fmt.Errorf("process %d does not end", pid)
}

// cpuTime is the CPU time a process has used, by the kernel's own clock for it.
func cpuTime(pid int) (time.Duration, error) {
	const schedulerClock = 2
	var used unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|schedulerClock), &used); err != nil {
		return 0, fmt.Errorf("CPU time of process %d: %w", pid, err)
	}
	return time.Duration(used.Nano()), nil
}
