package main

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// readCgroup is the cgroup by whose limits this process's CPU time is counted.
func readCgroup() string {
	data, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return ""
	}
	return cpuCgroup(string(data))
}

// cpuCgroup chooses from /proc/PID/cgroup: the controller `cpu` of version 1, else version 2.
func cpuCgroup(text string) string {
	unified := ""
	for line := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		if parts[0] == "0" && parts[1] == "" {
			unified = parts[2]
		}
		for controller := range strings.SplitSeq(parts[1], ",") {
			if controller == "cpu" {
				return parts[2]
			}
		}
	}
	return unified
}

// throttling is what the cgroup's limit has held back.
type throttling struct {
	periods, seconds float64
}

// readThrottling is nil where the cgroup's statistics cannot be seen, or it has no limit.
func readThrottling() *throttling {
	for _, path := range []string{"/sys/fs/cgroup/cpu.stat", "/sys/fs/cgroup/cpu/cpu.stat", "/sys/fs/cgroup/cpu,cpuacct/cpu.stat"} {
		if data, err := os.ReadFile(path); err == nil {
			if found := parseThrottling(string(data)); found != nil {
				return found
			}
		}
	}
	return nil
}

func parseThrottling(stat string) *throttling {
	var found throttling
	known := false
	for line := range strings.Lines(stat) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			continue
		}
		switch name {
		case "nr_throttled":
			found.periods, known = value, true
		case "throttled_usec":
			found.seconds = value / 1e6
		case "throttled_time":
			found.seconds = value / 1e9
		}
	}
	if !known {
		return nil
	}
	return &found
}

func consumed(before *throttling) *consumption {
	var used unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &used); err != nil {
		panic(err)
	}
	c := &consumption{CPUSeconds: float64(used.Nano()) / 1e9}
	if now := readThrottling(); now != nil && before != nil {
		periods, seconds := now.periods-before.periods, now.seconds-before.seconds
		c.ThrottledPeriods, c.ThrottledSeconds = &periods, &seconds
	}
	return c
}
