package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// memoryCgroup is the directory of the memory controller of the cgroup this process is in, and whether it is version 2.
// Where a container's own cgroup is mounted as the root, that is it.
func memoryCgroup() (directory string, unified bool) {
	data, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "/sys/fs/cgroup", true
	}
	for line := range strings.Lines(string(data)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) == 3 && parts[1] == "memory" {
			return existing("/sys/fs/cgroup/memory", parts[2]), false
		}
		if len(parts) == 3 && parts[0] == "0" && parts[1] == "" {
			directory = existing("/sys/fs/cgroup", parts[2])
		}
	}
	return directory, true
}

func existing(root, below string) string {
	if path := filepath.Join(root, below); isDirectory(path) {
		return path
	}
	return root
}

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// memoryLimit of the cgroup in bytes; 0: there is none, or it cannot be read.
func memoryLimit() float64 {
	directory, unified := memoryCgroup()
	name := "memory.limit_in_bytes"
	if unified {
		name = "memory.max"
	}
	data, err := os.ReadFile(filepath.Join(directory, name))
	if err != nil {
		return 0
	}
	return parseMemoryLimit(string(data))
}

// parseMemoryLimit knows both ways to say that there is none: "max", and a number near 2^63.
func parseMemoryLimit(text string) float64 {
	limit, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || limit >= math.Pow(2, 62) {
		return 0
	}
	return limit
}

// oomKills is how many processes of the cgroup the kernel has killed for want of memory; -1: it does not tell.
func oomKills() float64 {
	directory, unified := memoryCgroup()
	name := "memory.oom_control"
	if unified {
		name = "memory.events"
	}
	data, err := os.ReadFile(filepath.Join(directory, name))
	if err != nil {
		return -1
	}
	return readWord(string(data), "oom_kill")
}

// readWord reads the number behind a name at the beginning of a line; -1: it is not there.
func readWord(text, name string) float64 {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) >= 2 && strings.TrimSuffix(words[0], ":") == name {
			if value, err := strconv.ParseFloat(words[1], 64); err == nil {
				return value
			}
		}
	}
	return -1
}

// nodeMemory is what the node has available, in bytes.
func nodeMemory() (float64, error) {
	data, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, err
	}
	kib := readWord(string(data), "MemAvailable")
	if kib < 0 {
		return 0, fmt.Errorf("/proc/meminfo: found no MemAvailable, expected it")
	}
	return kib * 1024, nil
}

// inBytes says a number of bytes for people.
func inBytes(bytes float64) string {
	for _, unit := range []struct {
		name string
		size float64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if bytes >= unit.size {
			return fmt.Sprintf("%.1f %s", bytes/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%.0f bytes", bytes)
}
